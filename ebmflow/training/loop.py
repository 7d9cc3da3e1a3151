"""The training loop: batches in a reproducible order, one update each, a callback after each."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.kernels.graphs import graphed
from ebmflow.randomness import random_stream
from ebmflow.training.families.base import TrainingData
from ebmflow.training.gradients.base import Batch
from ebmflow.training.graphed import graphed_estimator
from ebmflow.training.labels import complete_batch
from ebmflow.training.parallel import ALONE, ParallelModel, Team, undivided
from ebmflow.training.update import Method, TrainingState, apply_update

AfterUpdate = Callable[[TrainingState, dict[str, Tensor]], None]


class BatchOrder:
    """Rows of the minibatch of every update: a function of seed and update alone.

    Each epoch is a permutation of its own; an incomplete last batch is dropped (FF-A14). The order
    comes from a CPU generator, so that all devices see the same batches, and a resumed run needs
    no saved state.
    """

    def __init__(self, rows: int, batch_size: int, seed: int) -> None:
        self.rows = rows
        self.batch_size = min(batch_size, rows)
        self.per_epoch = rows // self.batch_size
        self.seed = seed
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def __call__(self, update: int) -> Tensor:
        """Row indices (batch_size,) of an update (0-based)."""
        epoch, position = divmod(update, self.per_epoch)
        if epoch != self._epoch:
            generator = random_stream(self.seed, "train", "batches", epoch)
            self._epoch, self._order = epoch, torch.randperm(self.rows, generator=generator)
        return self._order[position * self.batch_size : (position + 1) * self.batch_size]


def take_batch(
    model: ContrastiveModel,
    data: TrainingData,
    rows: Tensor,
    state: TrainingState,
    sweeps: int,
    team: Team = ALONE,
) -> tuple[Batch, float]:
    """Batch of the given rows with complete labels, and its weight correction.

    Labels are completed for all rows by every process alike; the batch is this process's part.
    """
    rows = rows.to(data.data.device)
    weights = data.weights[rows]
    labels = None if data.labels is None else data.labels[rows]
    with undivided(state.generator):
        batch = complete_batch(model, data.data[rows], labels, weights, sweeps, state.generator)
    return team.share(batch), (weights.mean() / data.weights.mean()).item()


def start_training(
    model: ContrastiveModel,
    data: TrainingData,
    method: Method,
    order: BatchOrder,
    generator: torch.Generator,
    team: Team = ALONE,
) -> TrainingState:
    """State before the first update; also projects the initial weights.

    They are projected first, so that nothing starts from weights that break a constraint.
    """
    for constraint in method.constraints:
        constraint.project(model.named_parameters()["weight.data"])
    state = TrainingState(0, None, method.optimiser.init(model.named_parameters()), generator)
    batch, _ = take_batch(model, data, order(0), state, method.estimator.label_sweeps, team)
    state.estimator = method.estimator.init(model, batch, generator)
    return state


def run_training(
    model: ContrastiveModel,
    data: TrainingData,
    method: Method,
    state: TrainingState,
    order: BatchOrder,
    updates: int,
    after_update: AfterUpdate,
    team: Team = ALONE,
) -> None:
    """Update the model, in place, until `updates` updates are done.

    Parameters
    ----------
    data : TrainingData
        On the model's device.
    state : TrainingState
        From :func:`start_training` or a checkpoint; advanced in place.
    team : Team
        Processes that share out the rows of each batch.
    after_update : callable
        Called with the state and the last gradient after each update.
    """
    shared, device = model, data.data.device
    if team.size == 1:
        method = method._replace(estimator=graphed_estimator(method.estimator, model, device))
    else:  # sums over processes are not recorded
        shared = ParallelModel(graphed(model, device), team)
    while state.update < updates:
        batch, correction = take_batch(
            model, data, order(state.update), state, method.estimator.label_sweeps, team
        )
        gradient = apply_update(shared, batch, method, state, correction)
        after_update(state, gradient)
