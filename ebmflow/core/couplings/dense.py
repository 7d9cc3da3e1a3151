"""Dense coupling: the weights themselves are the parameters."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ebmflow.core.couplings.base import Coupling
from ebmflow.core.layers.base import Layer


class Dense(Coupling):
    """One free weight matrix a visible group.

    Parameters
    ----------
    weights : mapping of Tensor
        Group -> (N_group, M).
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = dict(weights)

    def named_parameters(self) -> dict[str, Tensor]:
        return {f"weight.{group}": weight for group, weight in self.weights.items()}

    def pull_back(self, weight_gradient: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {f"weight.{group}": gradient for group, gradient in weight_gradient.items()}

    def fix_gauge(self, visible: Mapping[str, Layer]) -> Tensor | None:
        inputs = None
        for group, layer in visible.items():
            weight, removed = layer.zero_sum(self.weights[group])
            self.weights[group].copy_(weight)
            inputs = removed if inputs is None else inputs + removed
        return inputs
