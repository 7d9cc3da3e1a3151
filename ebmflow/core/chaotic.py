"""Chaotic recurrent networks as generators: deterministic dynamics from a random start, no energy.

A unit i of population p has a current x_i and the activity phi(x_i) = tanh(x_i):

    tau dx_i/dt = -x_i + sum_q N_q^(-1/2) sum_j (R_ij + A_ij) phi(x_j) + b_i

summed over the populations q that p is linked to. R is random, asymmetric and fixed and makes the
activity chaotic; A (the same in both directions of a link) and b are trained from zero by
contrastive Hebbian learning. Integration is Euler's, one step being one *sweep*.
Source: Fournier, Urbani 2025, Eqs 2-7 and A1-A8.

Labels, which the source does not have, are further visible units (one a class, +1 or -1): N_v
counts them, and clamping them is conditional generation, as in a label-aware RBM.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from ebmflow.core.chaotic_units import Units
from ebmflow.core.chaotic_wiring import Dynamics, Link
from ebmflow.core.energy_model import NOTHING, Chains
from ebmflow.core.kernels.products import product
from ebmflow.core.layers.base import normal_numbers
from ebmflow.errors import EbmflowError

# Where a unit held at +1 or -1 resumes when released; tanh of a larger float32 current is 1.
SATURATION = 9.0


class Correlations(NamedTuple):
    """Weighted means over a batch.

    Attributes
    ----------
    mean : dict of Tensor
        Population p -> <phi_p>, shape (N_p,).
    product : dict of Tensor
        Link (p, q) -> <phi_p phi_q>, shape (N_p, N_q).
    """

    mean: dict[str, Tensor]
    product: dict[Link, Tensor]


class ChaoticNetwork:
    """Populations of rate units, linked by fixed random and trained symmetric couplings.

    Parameters
    ----------
    visible : mapping of Units
        Group -> units; ``data`` and, if the model knows labels, ``label``.
    hidden : mapping of int
        Hidden population -> number of units, from the visible layer upwards; may be empty.
    links : mapping of (str, str)
        Name -> two linked populations, each pair once.
    couplings : mapping of Tensor
        Fixed couplings R, (target, source) -> (N_target, N_source); both directions of every link.
    dynamics : Dynamics
    self_coupling : bool
        Whether the trained A may have a diagonal inside a population.
    """

    def __init__(
        self,
        visible: Mapping[str, Units],
        hidden: Mapping[str, int],
        links: Mapping[str, Link],
        couplings: Mapping[Link, Tensor],
        dynamics: Dynamics,
        *,
        self_coupling: bool = True,
    ) -> None:
        self.visible = dict(visible)
        self.hidden = dict(hidden)
        self.links = dict(links)
        self.couplings = dict(couplings)
        self.dynamics = dynamics
        self.self_coupling = self_coupling
        self.sizes = {**{g: units.size for g, units in self.visible.items()}, **self.hidden}
        self.fields = {p: torch.zeros(size) for p, size in self.sizes.items()}
        self.weights = {
            (p, q): torch.zeros(self.sizes[p], self.sizes[q]) for p, q in self.links.values()
        }
        self._drives: dict[Link, Tensor] = {}
        self.to(next(iter(self.couplings.values())).device)

    # -- parameters -----------------------------------------------------------------------------

    def named_parameters(self) -> dict[str, Tensor]:
        """Trained tensors: ``field.<population>`` and ``weight.<link>``."""
        fields = {f"field.{p}": field for p, field in self.fields.items()}
        return {**fields, **{f"weight.{n}": self.weights[link] for n, link in self.links.items()}}

    def named_buffers(self) -> dict[str, Tensor]:
        """Fixed couplings ``random.<target>.<source>``: not trained, but part of the model."""
        return {f"random.{p}.{q}": coupling for (p, q), coupling in self.couplings.items()}

    def to(self, device: torch.device | str) -> ChaoticNetwork:
        """Move all tensors, in place."""
        self.fields = {p: field.to(device) for p, field in self.fields.items()}
        self.weights = {link: weight.to(device) for link, weight in self.weights.items()}
        self.couplings = {pair: fixed.to(device) for pair, fixed in self.couplings.items()}
        self._drives = {}
        self.refresh()
        return self

    def refresh(self) -> None:
        """Rebuild the total couplings (R + A) / sqrt(N_source), after the parameters changed."""
        for (target, source), fixed in self.couplings.items():
            trained = self._trained(target, source)
            drive = self._drives.setdefault((target, source), torch.empty_like(fixed))
            torch.add(fixed, trained, out=drive).mul_(self._scale(source))

    def _trained(self, target: str, source: str) -> Tensor:
        if (target, source) in self.weights:
            return self.weights[target, source]
        return self.weights[source, target].T

    def _scale(self, source: str) -> float:
        """N^(-1/2) of the source's layer; the visible groups are one layer."""
        layer = self.visible if source in self.visible else (source,)
        return 1 / math.sqrt(sum(self.sizes[p] for p in layer))

    # -- chains -----------------------------------------------------------------------------------

    def random_chains(self, batch: int, generator: torch.Generator) -> Chains:
        """Currents of all units, independent and standard normal."""
        visible = {g: _normal(batch, self.sizes[g], generator) for g in self.visible}
        return Chains(visible, _normal(batch, sum(self.hidden.values()), generator))

    def clamp(self, chains: Chains, values: Mapping[str, Tensor]) -> Chains:
        """Chains with the currents of the given groups set so that phi is the data's value.

        The current of +1 or -1 is infinite: while a group is clamped its activity is exact.
        """
        currents = {g: torch.atanh(self.visible[g].expand(codes)) for g, codes in values.items()}
        return chains._replace(visible={**chains.visible, **currents})

    def codes(self, chains: Chains) -> dict[str, Tensor]:
        """Visible codes: sign or strongest state of the activities, or real activities."""
        return {g: units.read(chains.visible[g]) for g, units in self.visible.items()}

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
    ) -> Chains:
        """Chains after `sweeps` Euler steps; groups in `clamp` keep their activity.

        The dynamics is deterministic: `generator` is not used. `beta` must be 1.
        """
        if beta != 1.0:
            raise EbmflowError(
                "inverse temperature of a chaotic generator",
                f"found {beta}",
                "1",
                "it has no energy: choose a sampling plan without temperatures",
            )
        states = self._states(chains, clamp)
        held = {g: torch.tanh(states.pop(g)) for g in self.visible if g in clamp}
        drives = {p: self._drive_of_held(p, held) for p in states}
        self._integrate(states, drives, sweeps)
        visible = {g: states.get(g, chains.visible[g]) for g in self.visible}
        return Chains(visible, self._join_hidden(states, chains.hidden))

    def _states(self, chains: Chains, clamp: frozenset[str]) -> dict[str, Tensor]:
        """Currents of all populations; those of free ones are copies, and finite."""
        return {
            p: state if p in clamp else _finite(state)
            for p, state in self._currents(chains).items()
        }

    def _currents(self, chains: Chains) -> dict[str, Tensor]:
        """Currents by population, not copied."""
        hidden = chains.hidden.split(list(self.hidden.values()), -1) if self.hidden else ()
        return {**chains.visible, **dict(zip(self.hidden, hidden, strict=True))}

    def _join_hidden(self, states: Mapping[str, Tensor], like: Tensor) -> Tensor:
        return torch.cat([states[p] for p in self.hidden], -1) if self.hidden else like

    def _drive_of_held(self, target: str, held: Mapping[str, Tensor]) -> Tensor:
        """Field and inputs from groups held at activities (B, N_group): (N,) or (B, N)."""
        drive = self.fields[target]
        for source, activity in held.items():
            if (target, source) in self._drives:
                drive = torch.addmm(drive, activity, self._drives[target, source].T)
        return drive

    def _integrate(
        self, states: Mapping[str, Tensor], drives: Mapping[str, Tensor], steps: int
    ) -> None:
        """Euler steps of all populations in `states` at once, in place, under constant drives.

        Run in y = 2x and s = 1 / (1 + e^-y), phi(x) = tanh x = 2s - 1: the vectorised logistic is
        six times faster than tanh, which else takes a fifth of a step (docs/design_notes.md). Then
        y moves by dt/tau (2 drive - 2 K 1 - y + 4 K s), K the total coupling.
        """
        rate = self.dynamics.rate
        sources = {p: [q for q in states if (p, q) in self._drives] for p in states}
        offsets = {
            p: 2 * (drives[p] - sum(self._drives[p, q].sum(1) for q in sources[p])) for p in states
        }
        for state in states.values():
            state.mul_(2)
        firing = {p: torch.sigmoid(state) for p, state in states.items()}
        for _ in range(steps):
            for p, state in states.items():
                state.lerp_(offsets[p], rate)
                for q in sources[p]:
                    state.add_(product(firing[q], self._drives[p, q].T), alpha=4 * rate)
            for p, state in states.items():
                torch.sigmoid(state, out=firing[p])
        for state in states.values():
            state.div_(2)

    # -- statistics -------------------------------------------------------------------------------

    def data_statistics(
        self, batch: Mapping[str, Tensor], weights: Tensor, generator: torch.Generator
    ) -> Correlations:
        """Correlations of the clamped phase, visible activities held at the data (Eq. 6).

        Hidden units start from independent normal currents; where the visible layer alone drives
        them their currents at T are Eq. 7, else they are integrated.
        """
        start = self.random_chains(len(weights), generator)
        held = self.clamp(start, batch)
        groups = frozenset(self.visible)
        if all(p in groups or q in groups for p, q in self.links.values()):
            held = held._replace(hidden=self._relaxed_hidden(held))
        else:
            held = self.advance(held, self.dynamics.steps, generator, clamp=groups)
        return self.chain_statistics(held, weights)

    def _relaxed_hidden(self, held: Chains) -> Tensor:
        """h(T) = h(0) e^(-T/tau) + (inputs + field)(1 - e^(-T/tau)), (B, M), Eq. 7."""
        states = self._states(held, frozenset(self.visible))
        activities = {g: torch.tanh(states[g]) for g in self.visible}
        for p in self.hidden:
            states[p].lerp_(self._drive_of_held(p, activities), 1 - self.dynamics.memory)
        return self._join_hidden(states, held.hidden)

    def chain_statistics(self, chains: Chains, weights: Tensor) -> Correlations:
        """Correlations of the activities of chains, weights (B,)."""
        share = (weights / weights.sum()).unsqueeze(-1)
        activities = {p: torch.tanh(x) for p, x in self._currents(chains).items()}
        return Correlations(
            mean={p: (share * phi).sum(0) for p, phi in activities.items()},
            product={
                (p, q): (share * activities[p]).T @ activities[q] for p, q in self.links.values()
            },
        )

    def gradient(
        self, positive: Correlations, negative: Correlations, *, centred: bool
    ) -> dict[str, Tensor]:
        """Contrastive Hebbian direction of every parameter: clamped minus free (Eqs 3, 6, A4-A8).

        Centred, activities count from their clamped means o: A drives a unit by phi - o instead of
        phi, and the fields take up the difference. The source names centring as a possible
        improvement; the formula is that of centred RBMs with the scales of this dynamics.
        """
        mean = {p: positive.mean[p] - negative.mean[p] for p in positive.mean}
        product = {
            link: positive.product[link] - negative.product[link] for link in positive.product
        }
        field = dict(mean)
        for p, q in self.links.values():
            if centred:
                product[p, q] = (
                    product[p, q]
                    - torch.outer(positive.mean[p], mean[q])
                    - torch.outer(mean[p], positive.mean[q])
                )
            if p == q:
                product[p, q] = self._symmetric(product[p, q])
            if centred:
                field[p] = field[p] - product[p, q] @ positive.mean[q] * self._scale(q)
            if centred and p != q:
                field[q] = field[q] - positive.mean[p] @ product[p, q] * self._scale(p)
        fields = {f"field.{p}": change for p, change in field.items()}
        return {**fields, **{f"weight.{name}": product[link] for name, link in self.links.items()}}

    def _symmetric(self, product: Tensor) -> Tensor:
        """Exactly symmetric, which rounding need not be; without diagonal if so chosen."""
        symmetric = (product + product.T) / 2
        return symmetric if self.self_coupling else symmetric.fill_diagonal_(0)

    def reconstruct(self, data: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """Activities (B, N_data) that hidden units alone bring back after they saw data.

        Hidden units run for `steps` with the data clamped, then keep their activity while the
        visible units run as long, all from random starts (source, Appendix B). Label units, which
        the source does not have, run free.
        """
        if not self.hidden:
            raise EbmflowError(
                "reconstruction by hidden units",
                "a network without hidden units",
                "two layers or more",
                "leave the reconstruction error out for this model",
            )
        start = self.clamp(self.random_chains(len(data), generator), {"data": data})
        seen = self.advance(start, steps, generator, clamp=frozenset({"data"}))
        held = {p: torch.tanh(x) for p, x in self._currents(seen).items() if p in self.hidden}
        states = self.random_chains(len(data), generator).visible
        self._integrate(states, {g: self._drive_of_held(g, held) for g in states}, steps)
        return torch.tanh(states["data"])

    def predict_labels(self, data: Tensor, sweeps: int, generator: torch.Generator) -> Tensor:
        """Label activities of a run with clamped data from a random start, as shares (B, C).

        (1 + phi) / 2, normalised over the classes; ours, and no probability of any distribution.
        """
        chains = self.clamp(self.random_chains(len(data), generator), {"data": data})
        chains = self.advance(chains, sweeps, generator, clamp=frozenset({"data"}))
        # (1 + tanh x) / 2 = sigmoid(2x), which cannot vanish for all classes at once by rounding.
        return torch.softmax(torch.nn.functional.logsigmoid(2 * chains.visible["label"]), -1)


def _normal(batch: int, size: int, generator: torch.Generator) -> Tensor:
    return normal_numbers((batch, size), generator)


def _finite(currents: Tensor) -> Tensor:
    return torch.nan_to_num(currents, nan=math.nan, posinf=SATURATION, neginf=-SATURATION)
