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
    held_sites: int = 0,
) -> Iterator[tuple[int, Chains]]:
    """Advance chains and yield them at the given times.

    Parameters
    ----------
    times : sequence of int
        Increasing numbers of sweeps since the start; 0 yields the start itself.
    held_sites : int
        First sites of the data that are put back after every sweep.
    """
    held = chains.visible["data"][:, :held_sites].clone()
    done = 0
    for time in times:
        steps = [1] * (time - done) if held_sites else [time - done]
        for sweeps in steps:
            chains = model.advance(chains, sweeps, generator, clamp=clamp, beta=beta)
            if held_sites:
                codes = chains.visible["data"].clone()
                codes[:, :held_sites] = held
                chains = model.clamp(chains, {"data": codes})
        done = time
        yield time, chains
