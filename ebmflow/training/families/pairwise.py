"""Pairwise models: fields and couplings, no hidden units and no labels."""

from __future__ import annotations

import torch

from ebmflow.core.pairwise import PairwiseModel
from ebmflow.registry import register
from ebmflow.space import StateSpace
from ebmflow.training.families.base import ModelFamily, TrainingData, make_layer, unit_kind

# Fields start this far from those of certain states.
FIELD_EPSILON = 1e-4


@register("model", "pairwise")
class PairwiseFamily(ModelFamily):
    """A Potts model of all pairs of sites (direct-coupling analysis)."""

    def check(self, space_kind: str, labelled: bool) -> None:
        unit_kind("potts", space_kind)

    @property
    def has_energy(self) -> bool:
        return True

    def layer_kinds(self, space_kind: str) -> frozenset[str]:
        return frozenset({"potts"})

    def build(
        self, space: StateSpace, data: TrainingData | None, generator: torch.Generator
    ) -> PairwiseModel:
        layer = make_layer("potts", space.sites, space.states)
        if data is not None:
            mean = layer.total(data.data, data.weights / data.weights.sum())
            layer.field = layer.field_from_mean(mean, FIELD_EPSILON)
        return PairwiseModel(layer)
