"""Pattern-induced coupling of RAPID: W = xi_v^T xi_h / sqrt(K).

Source: Pozas-Kerstjens et al. 2021, Eq. 5. The K patterns span visible groups and hidden
units; they are the parameters, and the effective weights have rank at most K.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ebmflow.core.couplings.base import Coupling
from ebmflow.core.layers.base import Layer


class Patterns(Coupling):
    """Weights built from K patterns over visible and hidden units.

    Parameters
    ----------
    visible : mapping of Tensor
        Group -> visible part of the patterns, (K, N_group).
    hidden : Tensor, shape (K, M)
        Hidden part, shared by all groups.
    """

    def __init__(self, visible: Mapping[str, Tensor], hidden: Tensor) -> None:
        self.visible = dict(visible)
        self.hidden = hidden
        self.weights = {}
        self.refresh()

    def visible_codes(self, group: str, layer: Layer) -> Tensor:
        """Codes (K, sites) of the configurations most aligned with the patterns of a group."""
        return layer.mode(self.visible[group] - layer.field)

    def refresh(self) -> None:
        scale = 1 / math.sqrt(self.hidden.shape[0])
        for group, patterns in self.visible.items():
            weight = patterns.T @ self.hidden * scale
            held = self.weights.get(group)
            if held is None or held.device != weight.device or weight.requires_grad:
                self.weights[group] = weight
            else:
                held.copy_(weight)  # in place: recorded sweeps (kernels/graphs.py) refer to it

    def named_parameters(self) -> dict[str, Tensor]:
        own = {f"pattern.{group}": patterns for group, patterns in self.visible.items()}
        return {**own, "pattern.hidden": self.hidden}

    def pull_back(self, weight_gradient: Mapping[str, Tensor]) -> dict[str, Tensor]:
        scale = 1 / math.sqrt(self.hidden.shape[0])
        own = {
            f"pattern.{group}": self.hidden @ gradient.T * scale
            for group, gradient in weight_gradient.items()
        }
        parts = [self.visible[group] @ gradient for group, gradient in weight_gradient.items()]
        shared = torch.stack(parts).sum(0)
        return {**own, "pattern.hidden": shared * scale}
