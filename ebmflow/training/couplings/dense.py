"""Dense weights with independent normal initial values."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.layers.base import Layer
from ebmflow.registry import register
from ebmflow.training.couplings.base import CouplingOptions


@register("coupling", "dense")
class DenseOptions(CouplingOptions):
    """Free weights, drawn from N(0, initial_scale^2)."""

    initial_scale: float = Field(
        1e-4, ge=0, description="Standard deviation of the initial weights (F&F code: 1e-4)."
    )

    def build(
        self, visible: Mapping[str, Layer], hidden: Layer, generator: torch.Generator
    ) -> Dense:
        return Dense(
            {
                group: self.initial_scale
                * torch.randn((layer.size, hidden.size), generator=generator)
                for group, layer in visible.items()
            }
        )
