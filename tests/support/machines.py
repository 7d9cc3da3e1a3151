"""Small machines with strong random parameters, for comparison with enumeration."""

from __future__ import annotations

import torch

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.rbm import RBM
from ebmflow.training.families.base import make_layer


def make_rbm(
    data: str = "bernoulli",
    hidden: str = "bernoulli",
    *,
    sites: int = 4,
    states: int = 3,
    units: int = 3,
    classes: int = 3,
    scale: float = 1.0,
    seed: int = 0,
    **options,
) -> RBM:
    """RBM with normal parameters of the given scale; `classes` 0 leaves out the label group."""
    generator = torch.Generator().manual_seed(seed)
    visible = {"data": make_layer(data, sites, states if data == "potts" else 2)}
    if classes:
        visible["label"] = make_layer("potts", 1, classes)
    hidden_layer = make_layer(hidden, units, 2)
    weights = {
        group: scale * torch.randn((layer.size, units), generator=generator)
        for group, layer in visible.items()
    }
    for layer in (*visible.values(), hidden_layer):
        layer.field = scale * torch.randn(layer.size, generator=generator)
    return RBM(visible, hidden_layer, Dense(weights), **options)
