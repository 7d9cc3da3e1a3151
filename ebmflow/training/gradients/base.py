"""The interface of a gradient estimator, and the batch it works on."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from ebmflow.core.energy_model import Chains
from ebmflow.core.moments import Moments
from ebmflow.errors import ConfigError
from ebmflow.options import Options
from ebmflow.training.families.base import ModelFamily

# Generation of models that were trained without chains; ours.
EQUILIBRIUM_SWEEPS = 100

# Estimators may ask more of a model than ContrastiveModel; `check` sees to it that they get it.
Model = Any


class Batch(NamedTuple):
    """Rows of a minibatch.

    Attributes
    ----------
    visible : dict of Tensor
        Group -> codes (B, sites); labels are complete (missing ones imputed).
    weights : Tensor, shape (B,)
        Weights of the rows.
    positive : dict of Tensor
        Rows of the positive phase: those of `visible`, or, where labels are missing, one row for
        each possible label, (B', sites).
    positive_weights : Tensor, shape (B',)
        Weights of the positive rows: a missing label spreads its row's weight as p(label | data).
    """

    visible: dict[str, Tensor]
    weights: Tensor
    positive: dict[str, Tensor]
    positive_weights: Tensor


class Estimate(NamedTuple):
    """Result of an estimator.

    Attributes
    ----------
    gradients : list of dict
        Ascent directions by parameter name, applied one after the other.
    state : Any
        What must be carried to the next update (persistent chains), or None.
    offsets : Moments, optional
        Where the gradients of an RBM are centred: see :func:`offsets_of`.
    """

    gradients: list[dict[str, Tensor]]
    state: Any
    offsets: Moments | None = None


class GradientEstimator(Options):
    """Estimates the gradient of the log-likelihood, or of a pseudo-dynamics, from one batch."""

    kind: ClassVar[str]  # set when the class is registered
    needs_labels: ClassVar[bool] = False
    # Whether processes may share out the rows: no state of chains, and no draws after the step.
    divisible: ClassVar[bool] = False

    def check(self, model: ModelFamily, labelled: bool) -> None:
        """Raise ConfigError if the estimator cannot serve a model with these options.

        Parameters
        ----------
        model : ModelFamily
            Options of the model family.
        labelled : bool
            Whether the model has a label group.
        """
        if self.needs_labels and not labelled:
            raise ConfigError(
                "recipe",
                "gradient",
                self.kind,
                found=f"{self.kind!r} has phases that clamp or predict labels, and there are none",
                expected="an estimator without label phases",
                action="use another gradient, or a labelled dataset with model.labels: true",
            )

        if getattr(self, "centred", False) and not getattr(model, "fields", True):
            # Centring moves a part of the weight gradient into fields, which must be there.
            raise ConfigError(
                "recipe",
                "gradient.centred",
                True,
                expected="false for a model with fields: false",
            )

    @property
    def label_sweeps(self) -> int:
        """Sweeps with which models that predict labels by chains impute missing ones."""
        return 1

    @property
    def generation_sweeps(self) -> int:
        """Sweeps with which a model trained so should generate: those of its chains, if any."""
        return EQUILIBRIUM_SWEEPS

    def after_step(self, model: Model, epoch_end: bool, generator: torch.Generator) -> None:
        """Change the parameters after a step, if the algorithm demands it (binarised patterns)."""

    def init(self, model: Model, batch: Batch, generator: torch.Generator) -> Any:
        """State before the first update."""
        return None

    def negative_chains(
        self, model: Model, batch: Batch, state: Any, generator: torch.Generator
    ) -> list[Chains]:
        """Configurations of the negative phases, one entry a phase; none where there are none."""
        return []

    @abstractmethod
    def estimate(
        self, model: Model, batch: Batch, state: Any, generator: torch.Generator
    ) -> Estimate:
        """Estimate the gradient; `generator` is on the device of the tensors."""


def offsets_of(statistics: Any, centred: bool) -> Moments | None:
    """Means of the data at which an RBM's gradient is centred, if it is.

    Pair moments are as large as the weights and are left behind.
    """
    if centred and isinstance(statistics, Moments):
        return statistics._replace(pair={})
    return None


def require_rbm(estimator: GradientEstimator, model: ModelFamily) -> None:
    """Raise ConfigError unless the model has a coupling between visible and hidden units."""
    if not hasattr(model, "coupling"):
        raise ConfigError(
            "recipe",
            "gradient",
            estimator.kind,
            found=f"{estimator.kind!r} cannot train a {model.kind!r} model",
            expected="a model of kind 'rbm'",
        )
