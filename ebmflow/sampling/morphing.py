"""Chains with released hidden units frozen, and changed on the way: morphing between classes.

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Section III B: while h* is held, the chains
sample P(v | h*), one class of the data; flipping h* carries a row to the other class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from ebmflow.core.energy_model import NOTHING, Chains, HiddenUnitModel
from ebmflow.core.gibbs import HeldHidden
from ebmflow.sampling.plan import Morph

Schedule = list[tuple[int, Tensor]]


def held_states(model: HiddenUnitModel, morph: Morph, chains: Chains) -> Schedule:
    """Codes of the released units, (B, units), with the sweeps from which they hold."""
    started = model.likely_hidden(chains.visible)[:, : morph.units]
    named = {"start": started, "flipped": 1 - started}
    return [(one.from_sweep, _codes(one.state, named, started)) for one in morph.schedule]


def _codes(state: str | Sequence[int], named: Mapping[str, Tensor], like: Tensor) -> Tensor:
    if isinstance(state, str):
        return named[state]
    return torch.tensor(state, dtype=like.dtype, device=like.device).expand_as(like)


def record_morph(
    model: HiddenUnitModel,
    chains: Chains,
    times: Sequence[int],
    schedule: Schedule,
    generator: torch.Generator,
    *,
    clamp: frozenset[str] = NOTHING,
    beta: float = 1.0,
) -> Iterator[tuple[int, Chains, Tensor]]:
    """Advance chains with the first hidden units held, and yield them at the given times.

    Parameters
    ----------
    times : sequence of int
        Increasing numbers of sweeps since the start.
    schedule : list of (int, Tensor)
        Sweeps done, and codes (B, units) held from then on; the first from sweep 0.

    Yields
    ------
    time : int
    chains : Chains
    held : Tensor, shape (B, units)
        Codes that were held up to this time; a row recorded at a change is the last before it.
    """
    changes = dict(schedule)
    done, held = 0, schedule[0][1]
    units = torch.arange(held.shape[1], device=held.device)
    for time in times:
        stops = [change for change in changes if done <= change < time]
        for start, stop in zip([done, *stops], [*stops, time], strict=True):
            chains = model.advance(
                chains,
                stop - start,
                generator,
                clamp=clamp,
                beta=beta,
                held_hidden=HeldHidden(units, held),
            )
            held = changes[stop] if stop != time else held
        done = time
        yield time, chains, held
