"""Plans that hold released units or temper, and label-erasing machines through the stages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ebmflow.errors import ConfigError
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import read_table
from ebmflow.sampling.plan import SamplingPlan
from ebmflow.stages.sample import sample
from ebmflow.stages.train import to_training_data, train
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_vectors,
    labelled_rows,
)
from tests.support.datasets import write_toy

MORPH = {
    "units": 2,
    "schedule": [
        {"from_sweep": 0, "state": "start"},
        {"from_sweep": 3, "state": "flipped"},
        {"from_sweep": 6, "state": [1, 0]},
    ],
}


def train_released(folder, **options):
    spec = {
        "model": {"kind": "rbm", "labels": False, "hidden": {"units": 6}},
        "gradient": {"kind": "persistent", "sweeps": 1, "chains": 30},
        "optimiser": {"kind": "adam", "learning_rate": 0.02},
        "constraints": [{"kind": "linear", "released": "one_per_vector"}],
        "updates": 30,
        "batch_size": 30,
        "ages": {"count": 4},
        **options,
    }
    dataset = write_toy(folder / "toy.parquet", unlabelled=0.3)
    train(
        dataset=dataset,
        ages=folder / "ages",
        manifest=folder / "manifest.tsv",
        history=folder / "history.parquet",
        checkpoint_dir=folder / "checkpoint",
        spec=spec,
        seed=0,
        device="cpu",
    )
    return dataset


def sample_with(folder, dataset, **plan):
    path = folder / "samples.parquet"
    sample(ages=folder / "ages", dataset=dataset, samples=path, spec=plan, seed=1, device="cpu")
    return read_table(path, kind="samples")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("morph")
    return folder, train_released(folder)


def test_labels_that_the_model_never_sees_reach_the_constraint(trained):
    folder, dataset = trained
    model, _ = load_model(age_path(folder / "ages", 30))
    assert list(model.visible) == ["data"], "the machine itself must not know labels"
    rows = labelled_rows(to_training_data(read_dataset(dataset).part("train"), True))
    q = covariance_vectors(model.visible["data"], rows, class_indicators(rows.labels))
    overlap = torch.nn.functional.normalize(q) @ model.coupling.weights["data"].double()
    assert overlap[:, 2:].abs().max() < 1e-6
    assert overlap[0, 1].abs() < 1e-6
    assert overlap[1, 0].abs() < 1e-6
    assert overlap[[0, 1], [0, 1]].abs().min() > 1e-4


def test_recorded_trajectories_say_what_was_held(trained):
    folder, dataset = trained
    columns, _ = sample_with(
        folder, dataset, start="data", times=[0, 2, 3, 4, 8], clamp=[], morph=MORPH
    )
    data = read_dataset(dataset)
    model, _ = load_model(age_path(folder / "ages", 30))
    at = {int(t): columns["time"] == t for t in np.unique(columns["time"])}
    assert sorted(at) == [0, 2, 3, 4, 8]
    rows = columns["start_row"][at[0]]
    assert np.array_equal(columns["codes"][at[0]], data.codes[rows])
    assert (data.split[rows] == "test").all()
    started = model.likely_hidden({"data": torch.tensor(data.codes[rows])})[:, :2].numpy()
    for time, expected in ((0, started), (2, started), (3, started), (4, 1 - started)):
        assert np.array_equal(columns["held"][at[time]], expected), time
    assert (columns["held"][at[8]] == [1, 0]).all()
    assert (columns["label"] == -1).all()


def test_random_starts_have_no_start_row(trained):
    columns, _ = sample_with(*trained, times=[1], morph=MORPH, rows=4)
    assert (columns["start_row"] == -1).all()


@pytest.mark.parametrize("over", ["temperature", "age"])
def test_tempered_samples(trained, over):
    folder, dataset = trained
    columns, _ = sample_with(
        folder, dataset, times=[2, 30], rows=20, tempering={"over": over, "rungs": 3}
    )
    assert len(columns["codes"]) == 2 * 3 * 20
    assert ((columns["exchange_rate"] > 0) & (columns["exchange_rate"] <= 1)).all()
    assert set(columns["age"]) == {30}


def test_ages_of_the_rungs_end_with_the_sampled_one():
    plan = SamplingPlan.model_validate({"tempering": {"over": "age", "rungs": 3}})
    available = [50, 1, 2, 4, 9, 20]
    assert plan.tempering.chosen_ages(available, 50) == [1, 4, 50]
    assert plan.tempering.chosen_ages(available, 4) == [1, 2, 4]
    assert plan.tempering.chosen_ages(available, 2) == [1, 2]
    assert plan.tempering.chosen_ages(available, 1) == [1]


def test_a_single_age_has_nobody_to_exchange_with(trained):
    columns, _ = sample_with(
        *trained, times=[2], rows=4, ages=[1], tempering={"over": "age", "rungs": 3}
    )
    assert (columns["exchange_rate"] == 1).all()


def test_plain_plans_have_no_further_columns(trained):
    columns, _ = sample_with(*trained, times=[1], rows=4)
    assert not {"held", "start_row", "exchange_rate"} & set(columns)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"morph": {"schedule": [{"from_sweep": 1, "state": [1]}]}}, "must be 0 in the first"),
        (
            {"morph": {"schedule": [{"from_sweep": 0, "state": [1]}] * 2}},
            "must be 0 in the first state, then increase",
        ),
        ({"morph": {"schedule": [{"from_sweep": 0, "state": [1, 0]}]}}, "each of the 1 units"),
        ({"morph": {"schedule": []}}, "at least 1"),
        ({"morph": MORPH, "tempering": {"over": "age"}}, "without morph"),
        ({"beta": 0.5, "tempering": {"over": "age"}}, "beta: 1"),
    ],
)
def test_impossible_plans_are_refused_when_they_are_read(plan, message):
    with pytest.raises(ValidationError, match=message):
        SamplingPlan.model_validate(plan)


def test_plans_need_a_model_that_can_do_it(trained, tmp_path):
    many = {"units": 7, "schedule": [{"from_sweep": 0, "state": "start"}]}
    with pytest.raises(ConfigError, match="7 units to hold, 6 hidden units"):
        sample_with(*trained, morph=many)
    chaotic = {"kind": "chaotic_two_layer", "labels": False, "hidden_units": 5, "target_time": 3.0}
    gradient = {"kind": "random_start", "sweeps": 3, "centred": False}
    dataset = train_released(tmp_path, model=chaotic, gradient=gradient, constraints=[], updates=1)
    with pytest.raises(ConfigError, match="without hidden units that could be held"):
        sample_with(tmp_path, dataset, morph=MORPH)
    with pytest.raises(ConfigError, match="without energy"):
        sample_with(tmp_path, dataset, tempering={"over": "age"})
