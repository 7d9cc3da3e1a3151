"""Runs of chains that are recorded on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from ebmflow.core.energy_model import NOTHING, Chains, ContrastiveModel


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
