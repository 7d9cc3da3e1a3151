"""Gradient ascent, with or without momentum."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.registry import register
from ebmflow.training.optimisers.base import Optimiser, State


@register("optimiser", "sgd")
class Sgd(Optimiser):
    """theta += rate * gradient."""

    def step(
        self, parameters: dict[str, Tensor], gradient: dict[str, Tensor], state: State, update: int
    ) -> None:
        for name, direction in gradient.items():
            parameters[name].add_(direction, alpha=self.rate(name, update))


@register("optimiser", "momentum")
class Momentum(Optimiser):
    """velocity = momentum * velocity + gradient; theta += rate * velocity (Polyak 1964)."""

    momentum: float = Field(0.9, ge=0, lt=1, description="Share of the last velocity kept.")

    def init(self, parameters: dict[str, Tensor]) -> State:
        return {f"velocity.{name}": torch.zeros_like(p) for name, p in parameters.items()}

    def step(
        self, parameters: dict[str, Tensor], gradient: dict[str, Tensor], state: State, update: int
    ) -> None:
        for name, direction in gradient.items():
            velocity = state[f"velocity.{name}"].mul_(self.momentum).add_(direction)
            parameters[name].add_(velocity, alpha=self.rate(name, update))
