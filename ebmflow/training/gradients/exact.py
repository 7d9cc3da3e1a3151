"""The exact gradient of the log-likelihood, by enumeration of the smaller side."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field

from ebmflow.core.exact import LIMIT, exact_moments
from ebmflow.core.rbm import RBM
from ebmflow.registry import register
from ebmflow.training.families.base import ModelFamily
from ebmflow.training.gradients.base import (
    Batch,
    Estimate,
    GradientEstimator,
    offsets_of,
    require_rbm,
)


@register("gradient", "exact")
class Exact(GradientEstimator):
    """Exact moments of the model; refuses machines with more configurations than `limit`."""

    divisible: ClassVar[bool] = True

    centred: bool = Field(False, description="Centred gradient with the batch means as offsets.")
    limit: int = Field(LIMIT, ge=1, description="Largest number of configurations to enumerate.")

    def check(self, model: ModelFamily, labelled: bool) -> None:
        super().check(model, labelled)
        require_rbm(self, model)

    def estimate(
        self, model: RBM, batch: Batch, state: Any, generator: torch.Generator
    ) -> Estimate:
        positive = model.data_statistics(batch.positive, batch.positive_weights, generator)
        negative = exact_moments(model, self.limit)
        gradient = model.gradient(positive, negative, centred=self.centred)
        return Estimate([gradient], None, offsets_of(positive, self.centred))
