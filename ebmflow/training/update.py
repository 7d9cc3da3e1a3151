"""One update of the parameters, the same for every model and estimator.

Order (docs/models.md): batch, complete labels -> estimate -> weight correction -> hard projection
of the gradient -> regularise -> soft penalties -> optimiser -> gauge -> binarise patterns -> hard
projection of the weights -> check finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.moments import Moments
from ebmflow.errors import DivergenceError
from ebmflow.training.constraints.base import WeightConstraint
from ebmflow.training.gradients.base import Batch, GradientEstimator
from ebmflow.training.optimisers.base import Optimiser, State
from ebmflow.training.regularisation import Regularisation

DATA_WEIGHT = "weight.data"


class Method(NamedTuple):
    """How parameters are updated: the parts that a recipe chooses."""

    estimator: GradientEstimator
    optimiser: Optimiser
    regularisation: Regularisation
    constraints: Sequence[WeightConstraint] = ()
    updates_per_epoch: int = 1


@dataclass
class TrainingState:
    """What must survive an interruption besides the parameters.

    Attributes
    ----------
    update : int
        Updates done.
    estimator : Any
        State of the estimator (persistent chains), or None.
    optimiser : dict of Tensor
    generator : torch.Generator
        Chain noise, on the device of the tensors.
    """

    update: int
    estimator: Any
    optimiser: State
    generator: torch.Generator


def apply_update(
    model: ContrastiveModel, batch: Batch, method: Method, state: TrainingState, correction: float
) -> dict[str, Tensor]:
    """Update the parameters in place and return the last gradient applied.

    Parameters
    ----------
    correction : float
        Mean weight of the batch over mean weight of the training rows: keeps minibatch gradients
        of weighted data unbiased.

    Raises
    ------
    DivergenceError
        If a parameter is not finite afterwards.
    """
    estimate = method.estimator.estimate(model, batch, state.estimator, state.generator)
    state.estimator = estimate.state
    parameters = model.named_parameters()
    epoch_end = (state.update + 1) % method.updates_per_epoch == 0
    for gradient in estimate.gradients:
        gradient = {name: correction * g for name, g in gradient.items()}
        if method.constraints:
            _project(gradient, method.constraints, estimate.offsets)
        _subtract_penalties(model, parameters, gradient, method)
        method.optimiser.step(parameters, gradient, state.optimiser, state.update)
        model.refresh()
        method.estimator.after_step(model, epoch_end, state.generator)
        for constraint in method.constraints:
            constraint.project(parameters[DATA_WEIGHT])
    state.update += 1
    check_finite(parameters, state.update)
    return gradient


def _subtract_penalties(
    model: ContrastiveModel,
    parameters: dict[str, Tensor],
    gradient: dict[str, Tensor],
    method: Method,
) -> None:
    if method.regularisation.active:
        for group, layer in model.visible.items():
            name = f"weight.{group}"
            if name in gradient:
                penalty = method.regularisation.penalty_gradient(parameters[name], layer.sites)
                gradient[name] = gradient[name] - penalty
    for constraint in method.constraints:
        soft = constraint.penalty_gradient(parameters[DATA_WEIGHT])
        if soft is not None:
            gradient[DATA_WEIGHT] = gradient[DATA_WEIGHT] - soft


def _project(
    gradient: dict[str, Tensor], constraints: Sequence[WeightConstraint], offsets: Moments | None
) -> None:
    """Take from a gradient, in place, what hard constraints forbid.

    In a centred gradient the fields make up for the change of the weights at the offsets. They must
    not make up for what is taken from it: it never vanishes, and they would drift.
    """
    whole = gradient[DATA_WEIGHT]
    gradient[DATA_WEIGHT] = whole.clone()
    for constraint in constraints:
        constraint.project(gradient[DATA_WEIGHT])
    if offsets is not None:
        taken = whole - gradient[DATA_WEIGHT]
        gradient["field.data"] = gradient["field.data"] + taken @ offsets.hidden
        gradient["field.hidden"] = gradient["field.hidden"] + offsets.visible["data"] @ taken


def check_finite(parameters: dict[str, Tensor], update: int) -> None:
    """Raise DivergenceError naming the first parameter with an entry that is not finite."""
    # A sum is finite only if all entries are; one transfer from the device for all parameters.
    sums = torch.stack([p.sum(dtype=torch.float64) for p in parameters.values()])
    finite = sums.isfinite().tolist()
    if not all(finite):
        raise DivergenceError(update, list(parameters)[finite.index(False)])
