"""The interface of an optimiser, and learning-rate schedules."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import Field
from torch import Tensor

from ebmflow.options import Options

State = dict[str, Tensor]


class Optimiser(Options):
    """Turns gradients into steps; its state is a flat dict of tensors, saved with checkpoints."""

    learning_rate: float = Field(0.01, gt=0, description="Learning rate of all parameters.")
    label_learning_rate: float | None = Field(
        None, gt=0, description="Learning rate of label fields and weights; null: the same."
    )
    decay: float = Field(1.0, gt=0, le=1, description="Factor on the rate at every update.")
    decay_start: int = Field(0, ge=0, description="Updates before the decay begins.")
    minimum_learning_rate: float = Field(0.0, ge=0, description="The decay stops here.")

    def rate(self, name: str, update: int) -> float:
        """Learning rate of a parameter at an update (0-based)."""
        rate = self.learning_rate
        if self.label_learning_rate is not None and name.endswith(".label"):
            rate = self.label_learning_rate
        decayed = rate * self.decay ** max(0, update - self.decay_start)
        return max(decayed, min(rate, self.minimum_learning_rate))

    def init(self, parameters: dict[str, Tensor]) -> State:
        """State before the first update."""
        return {}

    @abstractmethod
    def step(
        self, parameters: dict[str, Tensor], gradient: dict[str, Tensor], state: State, update: int
    ) -> None:
        """Move the parameters up the gradient, in place; `state` is changed in place too."""
