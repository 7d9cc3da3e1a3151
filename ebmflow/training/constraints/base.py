"""The interface of a weight constraint on the data group."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.options import Options
from ebmflow.training.families.base import TrainingData


class WeightConstraint(ABC):
    """A constraint prepared for one dataset and one model.

    Attributes
    ----------
    hidden_units : Tensor of int64
        Hidden units concerned; groups of different constraints of one kind are disjoint.
    """

    hidden_units: Tensor

    def penalty_gradient(self, weight: Tensor) -> Tensor | None:
        """Gradient (N, M) of the soft part, to be subtracted; None for hard constraints."""
        return None

    def project(self, weight: Tensor) -> None:
        """Enforce the hard part on weights (N, M), in place; nothing for soft constraints."""


class ConstraintOptions(Options):
    """Options of a constraint; vectors are computed from the data once, before training."""

    @abstractmethod
    def prepare(self, layer: Layer, hidden_units: int, data: TrainingData) -> list[WeightConstraint]:
        """Constraints for the data layer, the number of hidden units and the training rows."""
