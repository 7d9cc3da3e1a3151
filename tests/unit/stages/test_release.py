"""Released units on disk: planted classes are read off the weights and switched by the unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.table_file import read_frame
from ebmflow.stages.measure_release import measure_release
from ebmflow.stages.plot_label_vectors import plot_label_vectors
from ebmflow.stages.plot_release import plot_release
from tests.support.datasets import toy_dataset, write_toy
from tests.unit.stages.test_likelihood import train_machine

KINDS = {
    "scores": "scores",
    "vectors": "label_vectors",
    "inputs": "hidden_inputs",
    "morph": "morph",
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_toy(tmp_path_factory.mktemp("data") / "toy.parquet", rows=300, sites=10)


def measure(folder, dataset, released, name, rows_per_class=None, seed=0):
    train_machine(folder, dataset, name, seed=seed)
    tables = {one: folder / f"{one}.parquet" for one in KINDS}
    measure_release(
        ages=folder / name / "ages",
        dataset=dataset,
        **tables,
        spec={
            "options": {"sweeps": 30, "chains": 30, "points": 4},
            "released": released,
            "rows_per_class": rows_per_class,
        },
        run={"dataset": "toy", "model": name, "seed": seed},
        seed=seed,
    )
    picture = {one: tables[one] for one in ("vectors", "inputs", "morph")}
    plot_release(**picture, svg=folder / "a.svg", png=folder / "a.png", spec={})
    assert (folder / "a.png").stat().st_size > 10_000
    plot_label_vectors(
        vectors=tables["vectors"], svg=folder / "q.svg", png=folder / "q.png", spec={"shape": None}
    )
    assert (folder / "q.png").stat().st_size > 10_000
    return {one: read_frame(path, kind=KINDS[one])[0] for one, path in tables.items()}


def value(tables, statistic, group="all"):
    frame = tables["scores"]
    return frame[(frame.statistic == statistic) & (frame.group == group)].value.item()


def test_erased_machines_have_no_weight_along_the_vector(tmp_path, dataset):
    tables = measure(tmp_path, dataset, 0, "constrained")
    assert value(tables, "largest_other_cosine") < 1e-6
    assert "released_cosine" not in set(tables["scores"].statistic)
    assert len(tables["morph"]) == 0


def test_released_units_point_along_their_vectors_and_switch_the_class(tmp_path, dataset):
    tables = measure(tmp_path, dataset, "one_per_vector", "released")
    assert value(tables, "released_cosine", "unit 1") > 0.8
    assert value(tables, "released_cosine", "unit 2") > 0.8
    assert value(tables, "largest_other_cosine") < 1e-6
    assert value(tables, "kept_rate") > 0.6
    assert value(tables, "switch_rate") > 0.6
    assert set(tables["morph"].time) >= {0, 30, 60}
    assert set(tables["inputs"].unit) == {1, 2, 3}  # and one that is not released


def test_vectors_from_few_labels_are_those_that_the_machine_knew(tmp_path, dataset):
    tables = measure(tmp_path, dataset, "one_per_vector", "few", rows_per_class=2, seed=3)
    series = {name: part.value.to_numpy() for name, part in tables["vectors"].groupby("series")}
    vectors = [f"q: class_{label}" for label in (1, 2)]
    constrained = series["weights: unit 3"]
    assert np.linalg.norm(constrained) > 0.05
    for name in vectors:
        assert abs(constrained @ series[f"known {name}"]) < 1e-6
    # Those from all labels are others, and the weights are not orthogonal to them.
    assert max(abs(constrained @ series[name]) for name in vectors) > 1e-3
    for name in vectors:
        known, every = series[f"known {name}"], series[name]
        overlap = known @ every / np.linalg.norm(known) / np.linalg.norm(every)
        found = value(tables, "known_overlap", name.removeprefix("q: "))
        assert found == pytest.approx(overlap)
        assert 0.3 < found < 0.9999


def test_unconstrained_machines_have(tmp_path, dataset):
    assert value(measure(tmp_path, dataset, 0, "unconstrained"), "largest_other_cosine") > 0.2


def test_a_label_without_training_rows_is_named(tmp_path):
    data = toy_dataset(rows=60, sites=10)
    split = np.where(data.labels == 2, "test", data.split)
    write_dataset(tmp_path / "toy.parquet", replace(data, split=split.astype(object)))
    with pytest.raises(DataError, match="no training row of class_2; expected some of each"):
        measure(tmp_path, tmp_path / "toy.parquet", 0, "unconstrained")


def test_a_dataset_without_labels_is_refused(tmp_path):
    unlabelled = tmp_path / "bare.parquet"
    labelled = toy_dataset(rows=60, sites=10)
    bare = replace(labelled, labels=np.full(60, -1), label_names=())
    write_dataset(unlabelled, bare)
    train_machine(tmp_path, unlabelled, "unconstrained", updates=1)
    with pytest.raises(DataError, match="labelled"):
        measure_release(
            ages=tmp_path / "unconstrained" / "ages",
            dataset=unlabelled,
            **{one: tmp_path / f"{one}.parquet" for one in KINDS},
            spec={"options": {}, "released": 0},
            run={"dataset": "bare", "model": "unconstrained", "seed": 0},
            seed=0,
        )
