"""Adam (Kingma and Ba 2015, Algorithm 1), with one step counter for all parameters."""

from __future__ import annotations

import math

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.registry import register
from ebmflow.training.optimisers.base import Optimiser, State


@register("optimiser", "adam")
class Adam(Optimiser):
    """Steps scaled by running means of the gradient and of its square."""

    first_decay: float = Field(0.9, ge=0, lt=1, description="Decay of the mean gradient.")
    second_decay: float = Field(0.999, ge=0, lt=1, description="Decay of the mean square.")
    epsilon: float = Field(1e-8, gt=0, description="Added to the root mean square.")

    def init(self, parameters: dict[str, Tensor]) -> State:
        state = {"steps": torch.zeros((), dtype=torch.int64)}
        for name, parameter in parameters.items():
            state[f"first.{name}"] = torch.zeros_like(parameter)
            state[f"second.{name}"] = torch.zeros_like(parameter)
        return state

    def step(
        self, parameters: dict[str, Tensor], gradient: dict[str, Tensor], state: State, update: int
    ) -> None:
        state["steps"] += 1
        # The counter counts steps, not updates: sequential phases make two steps an update.
        steps = int(state["steps"])
        first_share, second_share = 1 - self.first_decay**steps, 1 - self.second_decay**steps
        for name, direction in gradient.items():
            first = state[f"first.{name}"].lerp_(direction, 1 - self.first_decay)
            second = state[f"second.{name}"]
            second.mul_(self.second_decay).addcmul_(
                direction, direction, value=1 - self.second_decay
            )
            root = (second.sqrt() / math.sqrt(second_share)).add_(self.epsilon)
            parameters[name].addcdiv_(first, root, value=self.rate(name, update) / first_share)
