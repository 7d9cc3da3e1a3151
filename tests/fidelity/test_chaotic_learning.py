"""Chaotic generators learn: better than independent sites, with labels in both directions.

Sizes, learning rates and numbers of updates are ours; the source has no small experiment.
"""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from torch import Tensor

from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.families.base import TrainingData
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method

EDGE, STEPS, CHAINS = 4, 50, 500


def bars_and_stripes() -> tuple[Tensor, Tensor]:
    """Images of constant rows (label 0) and constant columns (label 1), one-coloured ones out."""
    lines = torch.tensor(list(itertools.product((0, 1), repeat=EDGE))[1:-1], dtype=torch.uint8)
    rows = lines.repeat_interleave(EDGE, 1)
    columns = lines.repeat(1, EDGE)
    labels = torch.arange(2).repeat_interleave(len(lines))
    return torch.cat([rows, columns]), labels


def second_moment_error(codes: Tensor, data: Tensor) -> float:
    """Eq. B1 times two: mean squared error of the covariances of different sites."""
    difference = torch.cov(codes.float().T) - torch.cov(data.float().T)
    difference.fill_diagonal_(0)
    return difference.square().sum().item() / (data.shape[1] * (data.shape[1] - 1))


def nearest_neighbour_error(codes: Tensor, data: Tensor) -> float:
    """Eq. B4, ties towards the other set."""
    codes, data = codes.float(), data.float()
    across = torch.cdist(codes, data)
    inside = [torch.cdist(x, x).fill_diagonal_(torch.inf).amin(1) for x in (codes, data)]
    shares = [(inside[side] < across.amin(1 - side)).float().mean() for side in (0, 1)]
    return 0.5 * sum((share - 0.5) ** 2 for share in shares).item()


def train(rows: Tensor, labels: Tensor, *, updates: int, rate: float, hidden: int, batch: int):
    """Train a labelled two-layer generator with the two phases of F&F."""
    family = component("model", "chaotic_two_layer")(hidden_units=hidden, target_time=STEPS)
    generator = torch.Generator().manual_seed(0)
    data = TrainingData(rows, labels, torch.ones(len(rows)))
    space = StateSpace("binary", rows.shape[1], 2, int(labels.max()) + 1)
    model = family.build(space, data, generator)
    estimator = component("gradient", "fast_and_functional")(sweeps=STEPS, centred=False)
    method = Method(estimator, component("optimiser", "sgd")(learning_rate=rate), Regularisation())
    order = BatchOrder(len(rows), batch, seed=0)
    state = start_training(model, data, method, order, generator)
    run_training(model, data, method, state, order, updates, lambda *_: None)
    return model


def generate(model, labels: Tensor, steps: int) -> Tensor:
    """Data codes after a run with clamped labels."""
    generator = torch.Generator().manual_seed(2)
    chains = model.random_chains(len(labels), generator)
    chains = model.clamp(chains, {"label": labels.to(torch.uint8).unsqueeze(-1)})
    return model.codes(model.advance(chains, steps, generator, clamp=frozenset({"label"})))["data"]


@pytest.fixture(scope="module")
def trained():
    rows, labels = bars_and_stripes()
    repeats = torch.arange(1000) % len(rows)
    return (
        train(rows[repeats], labels[repeats], updates=600, rate=0.1, hidden=64, batch=250),
        rows,
        labels,
    )


def test_images_after_the_trained_time_beat_independent_sites(trained):
    model, rows, labels = trained
    chosen = torch.arange(CHAINS) % len(rows)
    data = rows[chosen]
    images = generate(model, labels[chosen], STEPS)
    coins = torch.rand(data.shape, generator=torch.Generator().manual_seed(3))
    independent = (coins < rows.float().mean(0)).to(torch.uint8)
    early = generate(model, labels[chosen], STEPS // 10)
    error = second_moment_error(images, data)
    assert error < 0.1 * second_moment_error(independent, data)
    assert error < 0.2 * second_moment_error(early, data)


def test_labels_choose_the_image_and_images_give_the_label(trained):
    model, rows, labels = trained
    wanted = torch.arange(2).repeat_interleave(CHAINS // 2)
    images = generate(model, wanted, STEPS)
    known = (images.unsqueeze(1) == rows).all(-1)
    right = known[:, labels == 0].any(1) == (wanted == 0)
    valid = known.any(1)
    # A random image is one of the 28 with probability 4e-4.
    assert valid.float().mean() > 0.8
    assert (right & valid).sum() > 8 * (valid & ~right).sum()
    shares = model.predict_labels(rows, STEPS, torch.Generator().manual_seed(4))
    assert (shares.argmax(-1) == labels).float().mean() > 0.85


@pytest.fixture(scope="module")
def haplotypes(root):
    """Embedded ancestry SNPs: training rows, their labels, and the same of 500 other people."""
    table = pq.read_table(root / "resources" / "embedded" / "aisnp.parquet")
    rows = torch.from_numpy(np.stack(table["sequence"].to_numpy()))
    names, labels = np.unique(table["continent"].to_numpy().astype(str), return_inverse=True)
    people = table["group"].to_numpy().astype(str)
    chosen = np.random.default_rng(0).choice(np.unique(people), 500, replace=False)
    test = torch.from_numpy(np.isin(people, chosen))
    labels = torch.from_numpy(labels)
    assert len(names) == 5
    return rows[~test], labels[~test], rows[test], labels[test]


@pytest.mark.slow
def test_ancestry_snps_are_generated_best_near_the_trained_time(haplotypes):
    rows, labels, test_rows, test_labels = haplotypes
    model = train(rows, labels, updates=400, rate=0.5, hidden=256, batch=500)
    coins = torch.rand(test_rows.shape, generator=torch.Generator().manual_seed(3))
    independent = (coins < rows.float().mean(0)).to(torch.uint8)
    times = (STEPS // 5, STEPS // 2, STEPS, 2 * STEPS, 5 * STEPS)
    generated = {time: generate(model, test_labels, time) for time in times}
    moments = {time: second_moment_error(codes, test_rows) for time, codes in generated.items()}
    neighbours = {time: nearest_neighbour_error(c, test_rows) for time, c in generated.items()}
    assert min(moments, key=moments.get) == STEPS
    assert moments[STEPS] < 0.2 * second_moment_error(independent, test_rows)
    # Signs are sharper than the activities that were trained, so the best time is a little earlier.
    assert min(neighbours, key=neighbours.get) in (STEPS // 2, STEPS)
    assert neighbours[STEPS] < 0.7 * nearest_neighbour_error(independent, test_rows)
    shares = model.predict_labels(test_rows, STEPS, torch.Generator().manual_seed(4))
    assert (shares.argmax(-1) == test_labels).float().mean() > 0.93
