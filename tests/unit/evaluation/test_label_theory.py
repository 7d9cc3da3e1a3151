"""Label vectors from few labels and analytic costs, on cases worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.evaluation.label_theory import (
    LabelTheoryOptions,
    gaussian_costs,
    interlacing_violation,
    overlap_estimate,
    scarcity,
)
from ebmflow.io.dataset_file import write_dataset
from ebmflow.stages.measure_label_theory import measure_label_theory
from tests.support.datasets import toy_dataset

LABELS = np.arange(2000) % 2


@pytest.fixture(scope="module")
def rows():
    """Means 0 and (1, 0 ... 0) of twelve correlated entries."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(12, 12)) / 4
    entries = rng.normal(size=(2000, 12)) @ mixing
    entries[:, 0] += LABELS
    return entries


def test_estimate_by_hand():
    assert overlap_estimate(4, 8.0, 2.0) == pytest.approx(0.5**0.5)


def test_the_estimate_with_labels_of_one_class_fits_the_draws(rows):
    options = LabelTheoryOptions(draws=200, sizes=6)
    table = scarcity(rows, LABELS, options, np.random.default_rng(1))
    many = table[table.labels >= 10]
    assert many["mean"].to_numpy() == pytest.approx(many["estimate"].to_numpy(), abs=0.05)
    # As printed, with the labels of both classes, it promises too much.
    few = table[(table.labels >= 4) & (table.labels <= 100)]
    assert (few["estimate_printed"] - few["mean"] > 0.01).all()
    assert table["mean"].is_monotonic_increasing


def test_costs_are_ordered_and_interlacing_holds(rows):
    table = gaussian_costs(rows, LABELS, np.ones(2000), 12, 5)
    assert (table["disentanglement"] >= -1e-9).all()
    assert (table["erasure"] >= table["disentanglement"]).all()
    # Without Gaussian units only the spin tells classes apart: |D q|^2 / 2 is lost by erasure.
    first = table.iloc[0]
    q = (rows[LABELS == 1].mean(0) - rows[LABELS == 0].mean(0)) / 2
    variance = (rows[LABELS == 0].var(0) + rows[LABELS == 1].var(0)) / 2
    erased = (q**2 / variance).sum() / 2 / 12
    assert first["disentanglement"] == pytest.approx(0, abs=1e-12)
    assert first["erasure"] == pytest.approx(erased)
    assert interlacing_violation(rows, LABELS, np.ones(2000)) < 1e-10


def test_a_label_of_one_training_row_is_refused(tmp_path):
    data = toy_dataset(rows=40, classes=2)
    split = np.where((data.labels == 1) & (np.arange(40) != 3), "test", "train").astype(object)
    write_dataset(tmp_path / "toy.parquet", replace(data, split=split))
    with pytest.raises(DataError, match="20 and 1 training rows of its labels; expected two of"):
        measure_label_theory(
            dataset=tmp_path / "toy.parquet",
            overlap=tmp_path / "overlap.parquet",
            costs=tmp_path / "costs.parquet",
            spec={},
        )
