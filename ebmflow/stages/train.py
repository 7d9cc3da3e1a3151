"""Stage `train`: one recipe, one dataset, one seed; resumes where an interrupted run stopped."""

from __future__ import annotations

import hashlib
import json
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.data.dataset import Dataset
from ebmflow.devices import choose_device
from ebmflow.io.dataset_file import read_dataset
from ebmflow.randomness import random_stream
from ebmflow.stages.training_run import TrainingRun
from ebmflow.training.families.base import TrainingData
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.parallel import Team
from ebmflow.training.recipe import Recipe
from ebmflow.training.update import Method, TrainingState

log = logging.getLogger(__name__)


def train(
    *,
    dataset: Path,
    ages: Path,
    manifest: Path,
    history: Path,
    checkpoint_dir: Path,
    spec: dict[str, Any],
    seed: int,
    device: str = "auto",
) -> None:
    """Train a model and write its ages, their manifest and the history.

    Parameters
    ----------
    dataset : Path
        Table of kind ``dataset``.
    ages : Path
        Folder, written: ``age-<update>.safetensors``.
    manifest : Path
        Written: update, file, sha256 of every age.
    history : Path
        Written, table of kind ``history``: update, seconds, gradient norms, held-out scores.
    checkpoint_dir : Path
        Holds the state of an unfinished run; removed when the run is complete.
    spec : dict
        A :class:`~ebmflow.training.recipe.Recipe`.
    seed : int
        Run seed.
    device : str
        ``auto``, ``cpu`` or ``cuda``; not part of the spec.

    Started by ``torchrun``, several processes share out the rows of each batch; the first writes.
    """
    recipe = Recipe.model_validate(spec)
    rows = read_dataset(dataset)
    recipe.check(rows.space.kind, rows.space.classes > 0)
    where = choose_device(device)
    known = to_training_data(rows.part("train"), rows.space.classes > 0)
    training = known if recipe.model.uses_labels else known._replace(labels=None)
    held_out = to_training_data(rows.part("test"), recipe.model.uses_labels).to(where)

    model = recipe.model.build(rows.space, training, random_stream(seed, "train", "initial"))
    model = model.to(where)
    training = training.to(where)
    team = Team.from_environment(where)
    order = BatchOrder(training.data.shape[0], recipe.batch_size, seed)
    team.check(recipe.gradient, order.batch_size)
    # Constraints look at labels even where the model never sees them.
    method = make_method(recipe, model, known.to(where), order.per_epoch, seed)
    noise = team.stream(random_stream(seed, "train", "chains", device=where))
    state = start_training(model, training, method, order, noise, team)

    run = TrainingRun(
        Path(checkpoint_dir),
        run_digest(recipe, dataset, seed),
        recipe,
        model,
        held_out,
        model_metadata(recipe, rows, seed),
        lambda update: random_stream(seed, "train", "monitor", update, device=where),
    )
    run.resume(state)
    log.info(
        "Training %s on %s: %d rows, %s, up to update %d",
        recipe.gradient.kind,
        rows.name,
        training.data.shape[0],
        where,
        recipe.updates,
    )
    # Stopping is left to the process that leads, which saves the state; the others end with it.
    with stop_signals(run.request_stop if team.leads else signal.SIG_IGN), torch.inference_mode():
        after = run.after_update if team.leads else _write_nothing
        run_training(model, training, method, state, order, recipe.updates, after, team)
        if team.leads:
            run.finish(Path(ages), Path(manifest), Path(history))


@contextmanager
def stop_signals(handler: Any) -> Iterator[None]:
    """Handle SIGTERM, which a scheduler sends first, and SIGINT, which Ctrl-C sends to all jobs.

    What is ignored outside, as in a shell's background, stays ignored.
    """
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    before = {one: old for one, old in before.items() if old not in (None, signal.SIG_IGN)}
    for one in before:
        signal.signal(one, handler)
    try:
        yield
    finally:
        for one, old in before.items():
            signal.signal(one, old)


def _write_nothing(state: TrainingState, gradient: dict[str, torch.Tensor]) -> None:
    """After an update of a process that does not lead."""


def to_training_data(rows: Dataset, labels: bool) -> TrainingData:
    """Rows of a dataset as tensors, with labels or without."""
    return TrainingData(
        torch.from_numpy(rows.codes),
        torch.from_numpy(rows.labels) if labels else None,
        torch.from_numpy(rows.weights).to(torch.float32),
    )


def make_method(
    recipe: Recipe,
    model: ContrastiveModel,
    data: TrainingData,
    updates_per_epoch: int,
    seed: int = 0,
) -> Method:
    """Parts of the update that a recipe chooses, with constraints prepared for labelled data."""
    constraints = [
        constraint
        for options in recipe.constraints
        for constraint in options.prepare(
            model.visible["data"], model.hidden.size, options.known(data, seed)
        )
    ]
    return Method(
        recipe.gradient, recipe.optimiser, recipe.regularisation, constraints, updates_per_epoch
    )


def model_metadata(recipe: Recipe, rows: Dataset, seed: int) -> dict[str, Any]:
    """What a model file must say to be rebuilt, sampled and understood."""
    as_dict = recipe.model_dump(mode="json")
    return {
        "model": as_dict["model"],
        "recipe": as_dict,
        "space": list(rows.space),
        "alphabet": rows.alphabet.metadata(),
        "label_names": list(rows.label_names),
        "trained_sweeps": recipe.trained_sweeps,
        "dataset": rows.name,
        "seed": seed,
    }


def run_digest(recipe: Recipe, dataset: Path, seed: int) -> str:
    """Digest of all that decides the outcome of a run."""
    content = hashlib.sha256(Path(dataset).read_bytes()).hexdigest()
    facts = [recipe.model_dump(mode="json"), content, seed]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
