"""Stage probe_hidden on a machine whose first hidden unit reads the label off the data."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.model_file import age_path, build_model, save_model
from ebmflow.io.table_file import read_frame
from ebmflow.space import StateSpace
from ebmflow.stages.probe_hidden import probe_hidden

RUN = {"dataset": "toy", "model": "m", "seed": 0}


def write_toy(path, label_names=("off", "on")):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (200, 4)).astype(np.uint8)
    labels = codes[:, 0].astype(np.int64)
    labels[::20] = -1
    data = Dataset(
        name="toy",
        alphabet=Alphabet.named("binary"),
        codes=codes,
        names=np.array([f"r{i}" for i in range(200)], dtype=object),
        labels=labels if label_names else np.full(200, -1),
        label_names=label_names,
        weights=np.ones(200),
        groups=np.full(200, None, dtype=object),
        split=np.where(np.arange(200) < 120, "train", "test").astype(object),
    )
    write_dataset(path, data)
    return path


@pytest.fixture
def ages(tmp_path):
    options = {"kind": "rbm", "hidden": {"units": 2}, "labels": False}
    space = StateSpace("binary", 4, 2, 2)
    for age in (5, 10):
        model = build_model(options, space)
        weight = model.coupling.weights["data"]
        weight.zero_()
        weight[0, 0] = 3.0
        weight[1, 1] = 3.0
        save_model(
            age_path(tmp_path / "ages", age), model, {"model": options, "space": list(space)}
        )
    return tmp_path / "ages"


def run(tmp_path, folder, dataset, **spec):
    scores, pearson = tmp_path / "probe.parquet", tmp_path / "pearson.parquet"
    probe_hidden(ages=folder, dataset=dataset, scores=scores, pearson=pearson, spec=spec, run=RUN)
    tables = (
        read_frame(scores, kind="scores")[0],
        read_frame(pearson, kind="hidden_correlations")[0],
    )
    return tables


def test_the_unit_that_reads_the_label_is_found(tmp_path, ages):
    dataset = write_toy(tmp_path / "toy.parquet")
    features = ["inputs", "samples", "data"]
    scores, pearson = run(tmp_path, ages, dataset, features=features, widths=[0])
    assert set(scores["age"]) == {10}
    assert set(scores["sampling"]) == {f"logistic_on_{name}" for name in features}
    found = scores.query("group == 'all' and statistic == 'accuracy'").set_index("sampling")
    assert found.loc["logistic_on_inputs", "value"] == 1
    assert found.loc["logistic_on_data", "value"] == 1
    # one hidden unit on with probability sigmoid(3) = 0.95 or 1/2: right in at most 73 % of rows
    assert 0.5 < found.loc["logistic_on_samples", "value"] < 0.9
    values = pearson.set_index(["unit", "label"])["pearson"]
    assert values[0, "on"] == pytest.approx(1)
    assert values[0, "off"] == pytest.approx(-1)
    assert abs(values[1, "on"]) < 0.5  # 5 standard errors of 114 rows


def test_all_ages_on_request(tmp_path, ages):
    dataset = write_toy(tmp_path / "toy.parquet")
    scores, pearson = run(tmp_path, ages, dataset, widths=[0], ages="all")
    assert set(scores["age"]) == set(pearson["age"]) == {5, 10}


def test_unlabelled_data_are_refused(tmp_path, ages):
    dataset = write_toy(tmp_path / "toy.parquet", label_names=())
    with pytest.raises(DataError, match=r"no labels; expected a labelled dataset"):
        run(tmp_path, ages, dataset)
