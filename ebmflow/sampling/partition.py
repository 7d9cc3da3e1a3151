"""Log-partition functions of RBMs by annealed importance sampling, forward and reverse.

Path between independent sites (field a0, no coupling) and the machine, at 0 <= b <= 1:

    F_b(v) = (1 - b) E_0(v) + b E_v(v) - log-normaliser of the hidden units at b (I + theta).

Forward runs start at b = 0 and estimate a stochastic lower bound of ln Z; reverse runs start at
rows that stand for the machine's own samples and estimate an upper bound (Neal 2001; Salakhutdinov
and Murray 2008; Burda, Grosse, Salakhutdinov 2015). All sums accumulate in float64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.core.rbm import RBM

BLOCK_CHAINS = 1000


class LogPartition(NamedTuple):
    """An estimate of ln Z.

    Attributes
    ----------
    value : float
        In nats.
    standard_error : float
        Of `value`, by the delta method over chains; blind to states that no chain visited.
    log_weights : Tensor of float64, shape (chains,)
        Log importance weights: `value` is the log of their mean (forward), or minus the log of the
        mean of their inverses (reverse).
    """

    value: float
    standard_error: float
    log_weights: Tensor


class AnnealingPath:
    """Free energies and transitions between independent sites and the machine.

    Parameters
    ----------
    base_fields : mapping of Tensor
        Group -> fields (N_group,) of the independent sites.
    """

    def __init__(self, model: RBM, base_fields: Mapping[str, Tensor]) -> None:
        self.model = model
        # What must be added to a group's inputs at b = 0 to turn its field into the base field.
        self.shift = {g: base_fields[g] - layer.field for g, layer in model.visible.items()}
        self.down = {g: model.hidden.facing(model.coupling.weights[g]) for g in model.visible}

    def log_base(self) -> float:
        """ln Z of independent sites and free hidden units."""
        hidden = self.model.hidden
        total = hidden.log_normaliser(-hidden.field.unsqueeze(0)).double().item()
        for group, layer in self.model.visible.items():
            total += layer.log_normaliser(self.shift[group].unsqueeze(0)).double().item()
        return total

    def sample_base(self, chains: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {
            group: layer.sample(self.shift[group].expand(chains, -1), generator)
            for group, layer in self.model.visible.items()
        }

    def energies(self, visible: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Parts of F_b that do not depend on b: energy, shift energy (B,), hidden inputs (B, M)."""
        layers = self.model.visible.items()
        energies = [layer.energy(visible[g]) for g, layer in layers]
        shifts = [layer.expand(visible[g]) @ self.shift[g] for g, layer in layers]
        energy, shift = torch.stack(energies).sum(0), torch.stack(shifts).sum(0)
        return energy, shift, self.model.inputs_to_hidden(visible)

    def free_energy(self, parts: tuple[Tensor, Tensor, Tensor], b: float) -> Tensor:
        energy, shift, inputs = parts
        hidden = self.model.hidden.log_normaliser(self._at(inputs, self.model.hidden, b))
        return (energy - (1 - b) * shift - hidden).double()

    def step(self, inputs: Tensor, b: float, generator: torch.Generator) -> dict[str, Tensor]:
        """One Gibbs sweep at b, from the hidden inputs of the present state."""
        hidden = self.model.hidden
        codes = hidden.sample(self._at(inputs, hidden, b), generator)
        return {
            group: layer.sample(
                b * hidden.through(codes, self.down[group]) + (1 - b) * self.shift[group],
                generator,
            )
            for group, layer in self.model.visible.items()
        }

    @staticmethod
    def _at(inputs: Tensor, hidden: Layer, b: float) -> Tensor:
        """Inputs that make inputs + field equal to b (inputs + field)."""
        return b * inputs - (1 - b) * hidden.field


class PathRung(NamedTuple):
    """The law at a place b of a path, as a rung of tempering; b = 0 forgets at every move."""

    path: AnnealingPath
    b: float

    def log_weight(self, visible: Mapping[str, Tensor]) -> Tensor:
        """ln of the unnormalised probability of visible codes, float64 (B,)."""
        return -self.path.free_energy(self.path.energies(visible), self.b)

    def start(
        self, number: int, generator: torch.Generator, values: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Draws of independent sites, with the given codes in their place."""
        return {**self.path.sample_base(number, generator), **values}

    def move(
        self,
        visible: dict[str, Tensor],
        sweeps: int,
        generator: torch.Generator,
        clamp: frozenset[str],
    ) -> dict[str, Tensor]:
        """Visible codes after Gibbs sweeps at b."""
        for _ in range(sweeps):
            moved = self.path.step(self.path.model.inputs_to_hidden(visible), self.b, generator)
            visible = {g: visible[g] if g in clamp else codes for g, codes in moved.items()}
        return visible


def path_ladder(model: RBM, base_fields: Mapping[str, Tensor], rungs: int) -> list[PathRung]:
    """Rungs evenly spaced from independent sites to the machine itself, which is last."""
    path = AnnealingPath(model, base_fields)
    return [PathRung(path, b) for b in torch.linspace(0.0, 1.0, rungs).tolist()]


def log_partition_by_annealing(
    model: RBM,
    generator: torch.Generator,
    *,
    temperatures: int = 1000,
    chains: int = 1000,
    base_fields: Mapping[str, Tensor] | None = None,
) -> LogPartition:
    """Estimate ln Z by annealed importance sampling, a stochastic lower bound.

    Parameters
    ----------
    temperatures : int
        Steps from independent sites to the machine, evenly spaced in b.
    chains : int
        Independent runs, advanced in blocks of at most 1000.
    base_fields : mapping of Tensor, optional
        Group -> fields (N_group,) of the independent sites; default: those of the machine.
        Fields of the data frequencies give much smaller errors.
    """
    path = AnnealingPath(
        model, base_fields or {g: layer.field for g, layer in model.visible.items()}
    )
    blocks = [
        _forward(path, min(BLOCK_CHAINS, chains - done), temperatures, generator)
        for done in range(0, chains, BLOCK_CHAINS)
    ]
    log_weights = torch.cat(blocks)
    value, error = log_mean(log_weights)
    return LogPartition(path.log_base() + value, error, log_weights)


def _forward(path: AnnealingPath, chains: int, steps: int, generator: torch.Generator) -> Tensor:
    visible = path.sample_base(chains, generator)
    log_weights = torch.zeros(chains, dtype=torch.float64, device=generator.device)
    for step in range(1, steps + 1):
        parts = path.energies(visible)
        log_weights += path.free_energy(parts, (step - 1) / steps)
        log_weights -= path.free_energy(parts, step / steps)
        visible = path.step(parts[2], step / steps, generator)
    return log_weights


def log_partition_by_reverse_annealing(
    model: RBM,
    samples: Mapping[str, Tensor],
    generator: torch.Generator,
    *,
    temperatures: int = 1000,
    base_fields: Mapping[str, Tensor] | None = None,
) -> LogPartition:
    """Estimate ln Z by annealing from samples of the machine to independent sites: an upper bound.

    Parameters
    ----------
    samples : mapping of Tensor
        Group -> codes (chains, sites), taken as equilibrium samples of the machine. Data rows in
        their place make the bound one of a machine that fits the data perfectly.
    """
    path = AnnealingPath(
        model, base_fields or {g: layer.field for g, layer in model.visible.items()}
    )
    chains = next(iter(samples.values())).shape[0]
    blocks = []
    for start in range(0, chains, BLOCK_CHAINS):
        block = {g: codes[start : start + BLOCK_CHAINS] for g, codes in samples.items()}
        blocks.append(_reverse(path, block, temperatures, generator))
    log_weights = torch.cat(blocks)
    value, error = log_mean(-log_weights)
    return LogPartition(path.log_base() - value, error, log_weights)


def _reverse(
    path: AnnealingPath, visible: dict[str, Tensor], steps: int, generator: torch.Generator
) -> Tensor:
    log_weights = torch.zeros(
        next(iter(visible.values())).shape[0], dtype=torch.float64, device=generator.device
    )
    for step in range(steps, 0, -1):
        # The transition of step t leaves p_t invariant; backwards it comes before the ratio.
        visible = path.step(path.model.inputs_to_hidden(visible), step / steps, generator)
        parts = path.energies(visible)
        log_weights += path.free_energy(parts, (step - 1) / steps)
        log_weights -= path.free_energy(parts, step / steps)
    return log_weights


def log_mean(log_values: Tensor) -> tuple[float, float]:
    """Log of the mean of exp(log_values), and its standard error by the delta method."""
    number = log_values.shape[0]
    value = torch.logsumexp(log_values, 0).item() - math.log(number)
    relative = (log_values - value).exp()
    return value, (relative.std() / math.sqrt(number)).item()
