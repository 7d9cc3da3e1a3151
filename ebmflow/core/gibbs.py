"""Block Gibbs sampling of RBMs: hidden units given all groups, then free groups given hidden units.

What clamped groups send to the hidden units does not change between sweeps and is computed once:
the label-prediction chain of F&F, whose data group is clamped, costs no visible product after the
first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor

from ebmflow.core.energy_model import NOTHING, Chains

if TYPE_CHECKING:
    from ebmflow.core.rbm import RBM


class HeldHidden(NamedTuple):
    """Hidden units that keep their state.

    Attributes
    ----------
    units : Tensor of int64, shape (k,)
    codes : Tensor, shape (B, k) or (k,)
    """

    units: Tensor
    codes: Tensor


def advance(
    model: RBM,
    chains: Chains,
    sweeps: int,
    generator: torch.Generator,
    *,
    clamp: frozenset[str] = NOTHING,
    beta: float = 1.0,
    held_hidden: HeldHidden | None = None,
) -> Chains:
    """Run `sweeps` sweeps of block Gibbs sampling at inverse temperature `beta` (joint energy).

    Parameters
    ----------
    chains : Chains
        Visible codes, group -> (B, sites). The hidden state is drawn anew and need not be set.
    generator : torch.Generator
        On the device of the tensors; advanced by this call.
    clamp : frozenset of str
        Groups that keep their codes.
    held_hidden : HeldHidden, optional
        Hidden units that keep their codes: the chains then sample p(visible | held units).

    Returns
    -------
    Chains
        New visible codes; `hidden` is what drove the last visible draw: codes, or means (B, M)
        if the model's `hidden_drive` is ``mean``.
    """
    if not sweeps:
        return chains
    down = model.weights_down(clamp)
    fixed_inputs = _inputs(model, chains.visible, clamp & model.visible.keys())
    visible, hidden = dict(chains.visible), chains.hidden
    for _ in range(sweeps):
        inputs = _sum(_inputs(model, visible, down.keys()), fixed_inputs)
        hidden = _drive(model, inputs, generator, beta, held_hidden)
        visible |= model.draw_visible(hidden, down, generator, beta)
    return Chains(visible, hidden)


def inputs_from_part(model: RBM, codes: Tensor, known: Tensor) -> Tensor:
    """Inputs (B, M) of hidden units from the known sites of the data; the others send nothing.

    Parameters
    ----------
    codes : Tensor, shape (B, sites)
    known : Tensor of bool, shape (B, sites)
    """
    layer = model.visible["data"]
    entries = layer.expand(codes)
    entries[~known.repeat_interleave(layer.entries_per_site, 1)] = 0
    return entries @ model.coupling.weights["data"]


def sweep_from_part(
    model: RBM,
    chains: Chains,
    given: int,
    generator: torch.Generator,
    *,
    clamp: frozenset[str] = NOTHING,
    beta: float = 1.0,
) -> Chains:
    """One sweep in which only the first `given` sites of the data reach the hidden units."""
    visible = dict(chains.visible)
    known = torch.zeros_like(visible["data"], dtype=torch.bool)
    known[:, :given] = True
    others = _inputs(model, visible, model.visible.keys() - {"data"})
    inputs = _sum(inputs_from_part(model, visible["data"], known), others)
    hidden = _drive(model, inputs, generator, beta, None)
    visible |= model.draw_visible(hidden, model.weights_down(clamp), generator, beta)
    return Chains(visible, hidden)


def _inputs(model: RBM, visible: Mapping[str, Tensor], groups: Collection[str]) -> Tensor | None:
    """Inputs (B, M) of some groups, None of none."""
    return model.inputs_to_hidden(visible, frozenset(groups)) if groups else None


def _sum(free: Tensor | None, fixed: Tensor | None) -> Tensor:
    """Sum of the inputs there are; a model has at least one group."""
    if free is None or fixed is None:
        return cast(Tensor, fixed if free is None else free)
    return free + fixed


def _drive(
    model: RBM,
    inputs: Tensor,
    generator: torch.Generator,
    beta: float,
    held: HeldHidden | None,
) -> Tensor:
    """Hidden state that drives the visible layer: codes (B, M), or means."""
    layer = model.hidden
    if model.conventions.hidden_drive == "mean":
        means = layer.mean(inputs, beta)
        if held is not None:
            # Hidden units have one entry each, so that units index entries too.
            means[..., held.units] = layer.expand(_hold(layer.mode(inputs), held))[..., held.units]
        return means
    codes = layer.sample(inputs, generator, beta)
    return codes if held is None else _hold(codes, held)


def _hold(codes: Tensor, held: HeldHidden) -> Tensor:
    """Hidden codes (B, M), in place, with the held units at their codes."""
    codes[..., held.units] = held.codes.to(codes.dtype)
    return codes
