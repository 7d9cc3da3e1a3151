"""Tempering: replicas on a ladder of easier and easier machines, which exchange their states.

A rung is a machine at an inverse temperature. One machine at several beta is parallel tempering
(Hukushima, Nemoto 1996); the machines saved along training, all at beta 1, are trajectory tempering
(Béreux, Decelle, Furtlehner, Rosset, Seoane 2025). Replica r has the law of rung r, hidden units
summed out:

    p_r(v) ~ exp(-beta_r F_r(v; beta_r)).

Each round moves every replica by sweeps of its own rung, then offers neighbours an exchange,
accepted with min(1, p_r(v') p_r'(v) / (p_r(v) p_r'(v'))), pairs (0,1), (2,3), ... and (1,2), (3,4),
... in turn. Chains driven by hidden means have no such law: this is for Gibbs sampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from ebmflow.core.energy_model import NOTHING, Chains, EnergyModel
from ebmflow.core.layers.base import uniform_numbers


class LadderRung(Protocol):
    """One law of a ladder, and moves that leave it."""

    def log_weight(self, visible: Mapping[str, Tensor]) -> Tensor:
        """ln of the unnormalised probability of visible codes, float64 (B,)."""

    def start(
        self, number: int, generator: torch.Generator, values: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Random visible codes, with the given ones in their place."""

    def move(
        self,
        visible: dict[str, Tensor],
        sweeps: int,
        generator: torch.Generator,
        clamp: frozenset[str],
    ) -> dict[str, Tensor]:
        """Visible codes after sweeps; groups in `clamp` keep theirs."""


class Rung(NamedTuple):
    """A machine at an inverse temperature, above 0."""

    model: EnergyModel
    beta: float = 1.0

    def log_weight(self, visible: Mapping[str, Tensor]) -> Tensor:
        """ln of the unnormalised probability of visible codes, float64 (B,)."""
        return -self.beta * self.model.free_energy(visible, self.beta).double()

    def start(
        self, number: int, generator: torch.Generator, values: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Random start of the machine, with the given codes in their place."""
        chains = self.model.random_chains(number, generator)
        return {**self.model.clamp(chains, values).visible}

    def move(
        self,
        visible: dict[str, Tensor],
        sweeps: int,
        generator: torch.Generator,
        clamp: frozenset[str],
    ) -> dict[str, Tensor]:
        """Visible codes after Gibbs sweeps at beta."""
        chains = Chains(visible, None)
        return self.model.advance(chains, sweeps, generator, clamp=clamp, beta=self.beta).visible


class Replicas(NamedTuple):
    """States of a ladder.

    Attributes
    ----------
    visible : list of dict of Tensor
        One a rung: group -> codes (B, sites). Column b of all rungs is one ladder of its own.
    rounds : int
        Rounds done; decides which pairs come next.
    """

    visible: list[dict[str, Tensor]]
    rounds: int = 0


class Exchanges(NamedTuple):
    """What happened between neighbours, for diagnosis only.

    Attributes
    ----------
    offered, accepted : Tensor of int64, shape (rungs - 1,)
        Exchanges between rung r and r + 1, over all ladders and rounds.
    """

    offered: Tensor
    accepted: Tensor

    @property
    def rates(self) -> Tensor:
        """Accepted fraction of each pair, (rungs - 1,); NaN where none was offered."""
        return self.accepted.double() / self.offered


def temperature_ladder(model: EnergyModel, rungs: int, lowest: float) -> list[Rung]:
    """Rungs at beta evenly spaced from `lowest` to 1, the machine itself last."""
    return [Rung(model, beta) for beta in torch.linspace(lowest, 1.0, rungs).tolist()]


def start_replicas(
    rungs: Sequence[LadderRung],
    ladders: int,
    generator: torch.Generator,
    values: Mapping[str, Tensor] | None = None,
) -> Replicas:
    """Random states on every rung, or the given codes (ladders, sites) of some groups."""
    return Replicas([rung.start(ladders, generator, values or {}) for rung in rungs])


def temper(
    rungs: Sequence[LadderRung],
    replicas: Replicas,
    rounds: int,
    generator: torch.Generator,
    *,
    sweeps: int = 1,
    clamp: frozenset[str] = NOTHING,
) -> tuple[Replicas, Exchanges]:
    """Run rounds of sweeps and exchanges.

    Parameters
    ----------
    sweeps : int
        Gibbs sweeps of every replica before an exchange.
    clamp : frozenset of str
        Groups that keep their codes; these must agree between the rungs of a ladder.

    Returns
    -------
    replicas : Replicas
        The last one has the law of the last rung.
    exchanges : Exchanges
    """
    states = list(replicas.visible)
    exchanges = no_exchanges(len(rungs))
    for number in range(replicas.rounds, replicas.rounds + rounds):
        for place, rung in enumerate(rungs):
            states[place] = rung.move(states[place], sweeps, generator, clamp)
        for lower in range(number % 2, len(rungs) - 1, 2):
            pair = slice(lower, lower + 2)
            states[pair], taken = _exchange(rungs[pair], states[pair], generator)
            exchanges.offered[lower] += len(taken)
            exchanges.accepted[lower] += int(taken.sum())
    return Replicas(states, replicas.rounds + rounds), exchanges


def no_exchanges(rungs: int) -> Exchanges:
    """Counts at the start."""
    zeros = torch.zeros(max(0, rungs - 1), dtype=torch.int64)
    return Exchanges(zeros, zeros.clone())


def _exchange(
    rungs: Sequence[LadderRung], states: list[dict[str, Tensor]], generator: torch.Generator
) -> tuple[list[dict[str, Tensor]], Tensor]:
    """States of two neighbours after an exchange in some ladders, and in which (B,)."""
    low, high = rungs
    a, b = states
    gain = low.log_weight(b) + high.log_weight(a) - low.log_weight(a) - high.log_weight(b)
    taken = uniform_numbers(gain.shape, generator) < gain.exp()
    choose = taken.unsqueeze(-1)
    swapped_a = {g: torch.where(choose, b[g], a[g]) for g in a}
    swapped_b = {g: torch.where(choose, a[g], b[g]) for g in b}
    return [swapped_a, swapped_b], taken


def record_tempered(
    rungs: Sequence[LadderRung],
    replicas: Replicas,
    times: Sequence[int],
    generator: torch.Generator,
    *,
    sweeps: int = 1,
    clamp: frozenset[str] = NOTHING,
) -> Iterator[tuple[int, Chains, Exchanges]]:
    """Run replicas and yield those of the last rung at the given numbers of rounds.

    Yields
    ------
    time : int
        Rounds since the start.
    chains : Chains
    exchanges : Exchanges
        Since the time before.
    """
    for time in times:
        replicas, exchanges = temper(
            rungs, replicas, time - replicas.rounds, generator, sweeps=sweeps, clamp=clamp
        )
        yield time, Chains(replicas.visible[-1], None), exchanges
