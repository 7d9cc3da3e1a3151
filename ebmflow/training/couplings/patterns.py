"""Pattern-induced weights with random initial patterns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.layers.base import Layer
from ebmflow.options import Scaled
from ebmflow.registry import register
from ebmflow.training.couplings.base import CouplingOptions


@register("coupling", "patterns")
class PatternsOptions(CouplingOptions):
    """K patterns over visible and hidden units (Pozas-Kerstjens et al. 2021, Eq. 5)."""

    patterns: Annotated[int, Scaled(least=8, power=0.5)] = Field(
        ge=1, description="K, number of patterns; much smaller than the units."
    )
    initial: Literal["binary", "uniform"] = Field(
        "binary", description="Initial entries: fair signs, or uniform in [-1, 1]."
    )

    def build(
        self, visible: Mapping[str, Layer], hidden: Layer, generator: torch.Generator
    ) -> Patterns:
        def draw(entries: int) -> Tensor:
            values = 2 * torch.rand((self.patterns, entries), generator=generator) - 1
            return values.sign() if self.initial == "binary" else values

        parts = {group: draw(layer.size) for group, layer in visible.items()}
        return Patterns(parts, draw(hidden.size))
