"""Whole F&F trainings at the shapes of the paper's Table 2, or a part of them, extrapolated.

    python -m benchmarks --device cuda --only runs [--whole]

Rows of the data and their number are those of the data sets; their content is random, which does
not change the work. Batches, gradient, step, gauge and checks are training's own; files are not
written.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from benchmarks.measure import Goal, Settings, Table, Work, interleave
from benchmarks.updates import SHAPES, Shape, make_case
from ebmflow.training.gradients.monte_carlo import FastAndFunctional
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.optimisers.sgd import Sgd
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method

PART = 100  # updates that are measured where a run is not made whole


class Run(NamedTuple):
    """Shape, rows of the data, updates, and the seconds that are the goal on a GPU."""

    shape: Shape
    rows: int
    updates: int
    goal: float


# Carbone, Decelle, Rosset, Seoane 2023, Table 2 (F&F).
RUNS = {
    "HGD": Run(SHAPES["binary_large"], 4507, 30_000, 60.0),
    "GH30": Run(SHAPES["potts_large"], 3922, 60_000, 600.0),
    "MNIST": Run(Shape(500, 784, 2, 1024, 10, 10), 10_000, 600_000, 300.0),
}


def measure_runs(table: Table, settings: Settings) -> None:
    """Seconds of whole runs, measured or extrapolated; the row says which."""
    for name, run in RUNS.items():
        part = run.updates if settings.whole else max(1, int(PART * settings.scale))
        method = "ebmflow" if settings.whole else f"ebmflow, extrapolated from {part} updates"
        rounds = 0 if settings.whole else settings.rounds
        with torch.inference_mode():
            work = training(run, settings.device, part)
            scaled = {method: run.updates / part}
            seconds = interleave({method: work}, rounds, settings.device, scaled)
        goal = f"goal {run.goal:.0f} s"
        shape = f"{name}: {run.updates} updates, B {run.shape.batch}, L {run.shape.sites}"
        wanted = (Goal(goal, 1.0),) if settings.device.startswith("cuda") else ()
        table.add("whole run", shape, {**seconds, goal: run.goal}, wanted)


def training(run: Run, device: str, updates: int) -> Work:
    """Work that trains for some more updates each time."""
    shape = run.shape
    model, data = make_case(shape._replace(batch=run.rows), device)
    generator = torch.Generator(device).manual_seed(1)
    method = Method(FastAndFunctional(sweeps=shape.sweeps), Sgd(), Regularisation())
    order = BatchOrder(run.rows, shape.batch, 0)
    state = start_training(model, data, method, order, generator)

    def train() -> None:
        last = state.update + updates
        run_training(model, data, method, state, order, last, lambda state, gradient: None)

    return train
