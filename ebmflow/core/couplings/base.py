"""The interface of a coupling: effective weights of all groups, and gradients pulled back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer


class Coupling(ABC):
    """Couples visible groups to hidden units.

    One object serves all groups, because parametrisations may share parameters between them
    (the hidden patterns of an RA-RBM do).

    Attributes
    ----------
    weights : dict of Tensor
        Group -> effective weights, shape (N_group, M).
    """

    kind: str
    weights: dict[str, Tensor]

    @abstractmethod
    def named_parameters(self) -> dict[str, Tensor]:
        """Own trained tensors, changed in place by training."""

    @abstractmethod
    def pull_back(self, weight_gradient: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Gradient of the own parameters from that of the effective weights (chain rule)."""

    def refresh(self) -> None:  # noqa: B027 -- nothing to do where parameters are the weights
        """Rebuild what depends on the parameters; called after every change of them."""

    def to(self, device: torch.device | str) -> None:
        """Move all tensors, in place."""
        for tensor in self.named_parameters().values():
            tensor.data = tensor.data.to(device)
        self.refresh()

    def fix_gauge(self, visible: Mapping[str, Layer]) -> Tensor | None:
        """Remove the gauge part of the weights; return the hidden inputs it stood for, (M,)."""
        return None
