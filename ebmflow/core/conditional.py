"""The machine that remains where some hidden units keep their state."""

from __future__ import annotations

import copy

import torch

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.gibbs import HeldHidden
from ebmflow.core.layers.base import Layer
from ebmflow.core.rbm import RBM


def given_hidden(model: RBM, held: HeldHidden) -> tuple[RBM, float]:
    """Return the machine of all other units, and what the held ones add to ln p by themselves.

    With s the held entries, W_s their weights and theta_s their fields,

        -E(v, h) = -E'(v, h') + theta_s . s,

    where E' is the energy of a machine without these units whose visible fields are a + W_s s. So
    ln Z is the log of the sum over the held states of exp(ln Z' + theta_s . s).

    Parameters
    ----------
    held : HeldHidden
        Two-state units, and one code for each, shape (k,).

    Returns
    -------
    machine : RBM
        Has tensors of its own, on the device of the model's.
    offset : float
        theta_s . s, in nats.
    """
    codes = torch.zeros(1, model.hidden.sites, dtype=torch.uint8, device=held.units.device)
    codes[0, held.units] = held.codes.to(codes)
    entries = model.hidden.expand(codes)[0, held.units]
    others = torch.ones(model.hidden.sites, dtype=torch.bool, device=held.units.device)
    others[held.units] = False
    weights = model.coupling.weights
    visible = {
        group: _with_field(layer, layer.field + weights[group][:, held.units] @ entries)
        for group, layer in model.visible.items()
    }
    machine = RBM(
        visible,
        _with_field(model.hidden, model.hidden.field[others]),
        Dense({group: weight[:, others] for group, weight in weights.items()}),
        conventions=model.conventions,
        gauge="none",
    )
    return machine, float(entries @ model.hidden.field[held.units])


def _with_field(layer: Layer, field: torch.Tensor) -> Layer:
    """A layer of the same kind with another field, and as many sites as that has."""
    found = copy.copy(layer)
    found.field, found.sites = field, len(field) // layer.entries_per_site
    return found
