"""The restricted Boltzmann machine: parts and formulas; block Gibbs sampling is in core/gibbs.py.

E(v, h) = sum_g E_g(v_g) + E_h(h) - sum_g v_g . W_g h, over visible groups g.

The label is a visible group of one Potts site, so that the joint energy is the paper's
(Carbone, Decelle, Rosset, Seoane 2023, Eq. 2: a, b, c are fields, w and d are weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ebmflow.core import gibbs
from ebmflow.core.couplings.base import Coupling
from ebmflow.core.energy_model import NOTHING, Chains
from ebmflow.core.kernels.products import product
from ebmflow.core.layers.base import Layer
from ebmflow.core.moments import Moments, centre, difference, moments


class Conventions(NamedTuple):
    """Choices in which published codes differ from Gibbs sampling; the defaults are Gibbs sampling.

    Attributes
    ----------
    hidden_drive : ``sample`` or ``mean``
        What drives the next visible layer (the published F&F code: ``mean``, FF-A3).
    negative_hidden : ``fresh`` or ``lagged``
        Hidden means of the negative statistics: given the last visible state, or those that drove
        it (published F&F code, FF-A4).
    positive_hidden : ``mean`` or ``sample``
        Hidden entries of the positive statistics (published F&F code: ``sample``, FF-A5).
    """

    hidden_drive: Literal["sample", "mean"] = "sample"
    negative_hidden: Literal["fresh", "lagged"] = "fresh"
    positive_hidden: Literal["mean", "sample"] = "mean"


class RBM:
    """A restricted Boltzmann machine composed of layers and a coupling.

    Parameters
    ----------
    visible : mapping of Layer
        Group name -> layer; ``data`` and, if the machine knows labels, ``label``.
    hidden : Layer
    coupling : Coupling
        Effective weights (N_group, M) of every group.
    conventions : Conventions
    gauge : ``zero_sum``, ``zero_sum_uncompensated`` or ``none``
        Applied after each update. The uncompensated one leaves the hidden fields as they are and
        so changes the distribution (published F&F code, FF-A12).
    """

    def __init__(
        self,
        visible: Mapping[str, Layer],
        hidden: Layer,
        coupling: Coupling,
        *,
        conventions: Conventions | None = None,
        gauge: str = "zero_sum",
    ) -> None:
        self.visible = dict(visible)
        self.hidden = hidden
        self.coupling = coupling
        self.conventions = conventions or Conventions()
        self.gauge = gauge

    # -- parameters -------------------------------------------------------------------------------

    def named_parameters(self) -> dict[str, Tensor]:
        """Trained tensors: ``field.<group>``, ``field.hidden`` and those of the coupling."""
        layers = {**self.visible, "hidden": self.hidden}
        fields = {f"field.{g}": layer.field for g, layer in layers.items() if layer.has_field}
        return {**fields, **self.coupling.named_parameters()}

    def named_buffers(self) -> dict[str, Tensor]:
        """Fixed tensors that are part of the model: none."""
        return {}

    def to(self, device: torch.device | str) -> RBM:
        """Move all tensors, in place."""
        for layer in (*self.visible.values(), self.hidden):
            layer.to(device)
        self.coupling.to(device)
        return self

    def refresh(self) -> None:
        """Rebuild effective weights and restore the gauge, after the parameters changed."""
        self.coupling.refresh()
        if self.gauge == "none":
            return
        for layer in self.visible.values():
            layer.field.copy_(layer.zero_sum(layer.field.unsqueeze(-1))[0].squeeze(-1))
        removed = self.coupling.fix_gauge(self.visible)
        if removed is not None and self.gauge == "zero_sum":
            self.hidden.field.add_(removed)

    # -- energies ---------------------------------------------------------------------------------

    def inputs_to_hidden(
        self, visible: Mapping[str, Tensor], groups: frozenset[str] | None = None
    ) -> Tensor:
        """Inputs (B, M) that the given groups (default: all) send to the hidden units."""
        chosen = self.visible if groups is None else groups
        parts = [
            self.visible[g].through(visible[g], self.coupling.weights[g])
            for g in self.visible
            if g in chosen
        ]
        inputs = parts[0]
        for part in parts[1:]:
            inputs = inputs + part
        return inputs

    def inputs_to_visible(self, hidden: Tensor, group: str) -> Tensor:
        """Inputs (B, N_group) that hidden entries (B, M) send to a group."""
        return product(hidden, self.coupling.weights[group].T)

    def weights_down(self, clamp: frozenset[str] = NOTHING) -> dict[str, Tensor]:
        """Weights (M, N_group) of groups not in `clamp`, as `draw_visible` takes them.

        Good until parameters change.
        """
        by_mean = self.conventions.hidden_drive == "mean"
        weights = {g: self.coupling.weights[g] for g in self.visible if g not in clamp}
        return {g: w.T if by_mean else self.hidden.facing(w) for g, w in weights.items()}

    def draw_visible(
        self, hidden: Tensor, down: Mapping[str, Tensor], generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Codes (B, sites) of groups given the hidden state of chains: codes or means (B, M).

        Parameters
        ----------
        down : mapping of Tensor
            Weights of the groups to draw, made by `weights_down`.
        """
        codes = {}
        for group, weight in down.items():
            layer = self.visible[group]
            if self.conventions.hidden_drive == "mean":
                codes[group] = layer.sample(product(hidden, weight), generator, beta)
            else:
                codes[group] = layer.sample_after(self.hidden, hidden, weight, generator, beta)
        return codes

    def energy(self, visible: Mapping[str, Tensor], hidden: Tensor) -> Tensor:
        """Joint energy of visible codes and hidden codes (B, M), in nats, (B,)."""
        interaction = (self.inputs_to_hidden(visible) * self.hidden.expand(hidden)).sum(-1)
        return self._visible_energy(visible) + self.hidden.energy(hidden) - interaction

    def free_energy(self, visible: Mapping[str, Tensor], beta: float = 1.0) -> Tensor:
        """-(1/beta) ln sum_h exp(-beta E(v, h)), in nats, (B,)."""
        inputs = self.inputs_to_hidden(visible)
        return self._visible_energy(visible) - self.hidden.log_normaliser(inputs, beta) / beta

    def _visible_energy(self, visible: Mapping[str, Tensor]) -> Tensor:
        energies = [layer.energy(visible[group]) for group, layer in self.visible.items()]
        return torch.stack(energies).sum(0)

    def label_log_probabilities(self, data: Tensor) -> Tensor:
        """Exact ln p(label | data), without sampling.

        ln p(c | v) = c-th label field + hidden log-normaliser given v and c, normalised over c.

        Parameters
        ----------
        data : Tensor, shape (B, sites)
            Codes of the data group.

        Returns
        -------
        Tensor, shape (B, C)
        """
        label = self.visible["label"]
        inputs = self.inputs_to_hidden({"data": data}, frozenset({"data"}))
        scores = [
            label.field[c] + self.hidden.log_normaliser(inputs + self.coupling.weights["label"][c])
            for c in range(label.states)
        ]
        return torch.log_softmax(torch.stack(scores, -1), -1)

    def predict_labels(self, data: Tensor, sweeps: int, generator: torch.Generator) -> Tensor:
        """Exact label probabilities (B, C); needs neither sweeps nor randomness."""
        return self.label_log_probabilities(data).exp()

    # -- chains -----------------------------------------------------------------------------------

    def random_chains(self, batch: int, generator: torch.Generator) -> Chains:
        """Chains with uniform visible and hidden codes."""
        visible = {g: layer.uniform(batch, generator) for g, layer in self.visible.items()}
        return Chains(visible, self.hidden.uniform(batch, generator))

    def clamp(self, chains: Chains, values: Mapping[str, Tensor]) -> Chains:
        """Chains with the given groups set to codes (B, sites)."""
        return chains._replace(visible={**chains.visible, **values})

    def codes(self, chains: Chains) -> dict[str, Tensor]:
        """Visible codes of chains."""
        return chains.visible

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
        held_hidden: gibbs.HeldHidden | None = None,
    ) -> Chains:
        """Chains after `sweeps` block Gibbs sweeps; see :func:`ebmflow.core.gibbs.advance`."""
        return gibbs.advance(
            self, chains, sweeps, generator, clamp=clamp, beta=beta, held_hidden=held_hidden
        )

    def likely_hidden(self, visible: Mapping[str, Tensor]) -> Tensor:
        """Most probable hidden codes (B, M) given visible codes."""
        return self.hidden.mode(self.inputs_to_hidden(visible))

    # -- statistics -------------------------------------------------------------------------------

    def data_statistics(
        self, batch: Mapping[str, Tensor], weights: Tensor, generator: torch.Generator
    ) -> Moments:
        """Moments with the visible groups at the batch's codes and hidden units at their means."""
        inputs = self.inputs_to_hidden(batch)
        hidden = self.hidden.mean(inputs)
        if self.conventions.positive_hidden == "sample":
            hidden = self.hidden.expand(self.hidden.sample(inputs, generator))
        return moments(self.visible, batch, hidden, weights)

    def chain_statistics(self, chains: Chains, weights: Tensor) -> Moments:
        """Moments of chains, hidden units at their means (see Conventions.negative_hidden)."""
        if self.conventions.negative_hidden == "lagged":
            hidden = chains.hidden
        else:
            hidden = self.hidden.mean(self.inputs_to_hidden(chains.visible))
        return moments(self.visible, chains.visible, hidden, weights)

    def gradient(self, positive: Moments, negative: Moments, *, centred: bool) -> dict[str, Tensor]:
        """Gradient of the log-likelihood in the trained parameters, by name."""
        change = difference(positive, negative)
        if centred:
            change = centre(change, positive)
        fields = {
            f"field.{g}": change.visible[g] for g in self.visible if self.visible[g].has_field
        }
        if self.hidden.has_field:
            fields["field.hidden"] = change.hidden
        return {**fields, **self.coupling.pull_back(change.pair)}
