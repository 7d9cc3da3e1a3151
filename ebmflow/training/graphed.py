"""Whole estimates of gradients as CUDA graphs, sweeps and statistics in one recording."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.kernels.graphs import GraphedModel, Recordings, serves
from ebmflow.training.gradients.base import Batch, Estimate, GradientEstimator


class Given(NamedTuple):
    """What an estimate is made from, beside the model."""

    batch: Batch
    state: Any


class GraphedEstimator:
    """An estimator whose `estimate` is recorded and replayed; in all else it is the estimator.

    Where an estimate cannot be recorded (batches of ever new shapes, which missing labels make),
    its sweeps still can.
    """

    def __init__(self, estimator: GradientEstimator, model: ContrastiveModel) -> None:
        self._estimator, self._swept = estimator, GraphedModel(model)
        self.recordings = Recordings("gradients")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._estimator, name)

    def estimate(
        self, model: ContrastiveModel, batch: Batch, state: Any, generator: torch.Generator
    ) -> Estimate:
        """Estimate the gradient, see the estimator; the model is that of the first estimate."""

        def run(given: Given) -> Estimate:
            return self._estimator.estimate(model, given.batch, given.state, generator)

        given = Given(batch, state)
        recording = self.recordings(run, given, generator, model)
        if recording is None:
            return self._estimator.estimate(self._swept, batch, state, generator)
        return recording(given)


def graphed_estimator(
    estimator: GradientEstimator, model: ContrastiveModel, device: torch.device
) -> GradientEstimator:
    """The estimator, recorded where that serves."""
    recorded = GraphedEstimator(estimator, model) if serves(device) else estimator
    return cast(GradientEstimator, recorded)
