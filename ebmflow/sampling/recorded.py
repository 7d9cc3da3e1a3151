"""Runs of chains that are recorded on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from ebmflow.core.energy_model import NOTHING, Chains, ContrastiveModel
from ebmflow.core.gibbs import sweep_from_part
from ebmflow.core.rbm import RBM


def record_chains(
    model: ContrastiveModel,
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    *,
    clamp: frozenset[str] = NOTHING,
    beta: float = 1.0,
) -> Iterator[tuple[int, Chains]]:
    """Advance chains and yield them at the given times.

    Parameters
    ----------
    times : sequence of int
        Increasing numbers of sweeps since the start; 0 yields the start itself.
    """
    done = 0
    for time in times:
        chains = model.advance(chains, time - done, generator, clamp=clamp, beta=beta)
        done = time
        yield time, chains


def record_from_part(
    model: RBM,
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    *,
    given: int,
    hold: bool,
    blank: bool,
    clamp: frozenset[str] = NOTHING,
    beta: float = 1.0,
) -> Iterator[tuple[int, Chains]]:
    """As `record_chains`, of chains that start from a part of each row.

    Parameters
    ----------
    given : int
        First sites of the data that are given.
    hold : bool
        Put them back after every sweep: chains sample p(other sites | given sites).
    blank : bool
        The other sites send nothing to the hidden units in the first sweep.
    """
    kept = chains.visible["data"][:, :given].clone()
    done = 0
    for time in times:
        for sweep in range(done, time):
            if blank and sweep == 0:
                chains = sweep_from_part(model, chains, given, generator, clamp=clamp, beta=beta)
            else:
                chains = model.advance(chains, 1, generator, clamp=clamp, beta=beta)
            if hold:
                codes = chains.visible["data"].clone()
                codes[:, :given] = kept
                chains = model.clamp(chains, {"data": codes})
        done = time
        yield time, chains
