"""Penalties on weights, as gradients to be subtracted."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from ebmflow.options import Options


class Regularisation(Options):
    """Strengths of the penalties; fields are never penalised."""

    l1: float = Field(0.0, ge=0, description="l1 * sum |w|.")
    l2: float = Field(0.0, ge=0, description="l2 / 2 * sum w^2.")
    l1b: float = Field(
        0.0,
        ge=0,
        description="l1b / (2 sites) * sum over units of (sum over entries |w|)^2 (Tubiana 2019).",
    )

    def penalty_gradient(self, weight: Tensor, sites: int) -> Tensor:
        """Gradient of the penalties in weights (N, M) of a group with `sites` sites."""
        sign = weight.sign()
        l1b = self.l1b / sites * weight.abs().sum(0, keepdim=True)
        return self.l2 * weight + (self.l1 + l1b) * sign

    @property
    def active(self) -> bool:
        """Whether any strength is not zero."""
        return bool(self.l1 or self.l2 or self.l1b)
