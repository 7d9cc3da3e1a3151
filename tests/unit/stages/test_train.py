"""The training stage on disk: outputs, determinism, interruption and resumption."""

from __future__ import annotations

import os
import signal

import pandas as pd
import pytest
import torch

from ebmflow.errors import CheckpointError, Interrupted
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages import training_run
from ebmflow.stages.predict import predict
from ebmflow.stages.sample import sample
from tests.support.datasets import write_toy
from tests.support.training import ages_of, toy_recipe, train_in

GRADIENTS = {
    "fast_and_functional": {"kind": "fast_and_functional", "sweeps": 2},
    "persistent": {"kind": "persistent", "sweeps": 2, "chains": 20},
}


def recipe(gradient="fast_and_functional", **options):
    return toy_recipe(GRADIENTS[gradient], **options)


@pytest.fixture
def dataset(tmp_path):
    return write_toy(tmp_path / "toy.parquet", unlabelled=0.2)


@pytest.fixture
def interrupt_at(monkeypatch):
    """Ask the job to stop during a given update, as a scheduler does."""

    def arm(update, signum=signal.SIGTERM):
        original = training_run.TrainingRun.after_update

        def stop(self, state, gradient):
            if state.update == update:
                os.kill(os.getpid(), signum)
            original(self, state, gradient)

        monkeypatch.setattr(training_run.TrainingRun, "after_update", stop)
        return lambda: monkeypatch.setattr(training_run.TrainingRun, "after_update", original)

    return arm


def test_outputs_and_bit_identical_repetition(tmp_path, dataset):
    first = train_in(tmp_path / "a", dataset, recipe())
    second = train_in(tmp_path / "b", dataset, recipe())
    assert ages_of(first) == ages_of(second)
    assert sorted(ages_of(first)) == [
        "age-1.safetensors",
        "age-20.safetensors",
        "age-3.safetensors",
        "age-7.safetensors",
    ]
    manifest = pd.read_csv(first / "manifest.tsv", sep="\t")
    assert list(manifest.columns) == ["update", "file", "sha256"]
    history, facts = read_frame(first / "history.parquet", kind="history")
    assert history["update"].tolist() == list(range(1, 21))
    assert history.drop(columns="seconds").notna().all().all()
    assert facts["label_names"] == ["class_0", "class_1", "class_2"]
    assert not (first / "checkpoint").exists()


def test_another_seed_gives_another_model(tmp_path, dataset):
    assert ages_of(train_in(tmp_path / "a", dataset, recipe())) != ages_of(
        train_in(tmp_path / "b", dataset, recipe(), seed=4)
    )


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("update", [1, 10, 13])
def test_interruption_and_resumption_change_no_bit(
    tmp_path, dataset, interrupt_at, gradient, update
):
    spec = recipe(gradient)
    whole = train_in(tmp_path / "whole", dataset, spec)
    disarm = interrupt_at(update)
    with pytest.raises(Interrupted, match=f"update {update}.*Run again to resume") as caught:
        train_in(tmp_path / "parts", dataset, spec)
    assert caught.value.exit_status == 75
    assert not (tmp_path / "parts" / "ages").exists(), "no half-written output"
    disarm()
    parts = train_in(tmp_path / "parts", dataset, spec)
    assert ages_of(parts) == ages_of(whole)
    kept, _ = read_frame(parts / "history.parquet", kind="history")
    expected, _ = read_frame(whole / "history.parquet", kind="history")
    pd.testing.assert_frame_equal(kept.drop(columns="seconds"), expected.drop(columns="seconds"))


def test_ctrl_c_saves_the_state_and_handlers_are_put_back(tmp_path, dataset, interrupt_at, caplog):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    disarm = interrupt_at(13, signal.SIGINT)
    with pytest.raises(Interrupted, match=r"update 13.*Run again to resume"):
        train_in(tmp_path, dataset, recipe())
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    disarm()
    with caplog.at_level("INFO"):
        train_in(tmp_path, dataset, recipe())
    assert "Resuming after update 13" in caplog.text


@pytest.mark.parametrize("damage", ["other recipe", "truncated"])
def test_a_checkpoint_that_does_not_fit_is_said_and_discarded(
    tmp_path, dataset, interrupt_at, caplog, damage
):
    disarm = interrupt_at(5)
    with pytest.raises(Interrupted):
        train_in(tmp_path / "a", dataset, recipe())
    disarm()
    spec = recipe()
    if damage == "truncated":
        path = tmp_path / "a" / "checkpoint" / "checkpoint.safetensors"
        path.write_bytes(path.read_bytes()[:100])
    else:
        spec["optimiser"]["learning_rate"] = 0.02
    train_in(tmp_path / "a", dataset, spec)
    assert "Starting over" in caplog.text
    assert {"other recipe": "belongs to another recipe", "truncated": "cannot be read"}[
        damage
    ] in caplog.text
    assert ages_of(tmp_path / "a") == ages_of(train_in(tmp_path / "b", dataset, spec))


@pytest.mark.parametrize("alphabet", ["binary", "dna"])
def test_saved_models_are_rebuilt_bit_for_bit(tmp_path, alphabet):
    dataset = write_toy(tmp_path / "toy.parquet", alphabet=alphabet)
    folder = train_in(tmp_path / "a", dataset, recipe())
    path = age_path(folder / "ages", 20)
    model, facts = load_model(path)
    assert facts["update"] == 20
    assert facts["trained_sweeps"] == 2
    again, _ = load_model(path)
    for name, tensor in model.named_parameters().items():
        assert torch.equal(tensor, again.named_parameters()[name])
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        load_model(path)


def test_sampling_follows_the_plan(tmp_path, dataset):
    folder = train_in(tmp_path / "a", dataset, recipe())
    plan = {"times": [0, 2, 5], "ages": [3, 20], "rows": 4}
    for name in ("one", "two"):
        sample(
            ages=folder / "ages",
            dataset=dataset,
            samples=tmp_path / f"{name}.parquet",
            spec=plan,
            seed=1,
            device="cpu",
        )
    columns, facts = read_table(tmp_path / "one.parquet", kind="samples")
    again, _ = read_table(tmp_path / "two.parquet", kind="samples")
    assert columns["codes"].shape == (2 * 3 * 3 * 4, 9)
    assert (columns["codes"] == again["codes"]).all()
    assert sorted(set(columns["age"])) == [3, 20]
    assert sorted(set(columns["time"])) == [0, 2, 5]
    assert columns["label"][:12].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert facts["trained_sweeps"] == 2


@pytest.mark.parametrize(
    ("plan", "labels"), [({"clamp": []}, {-1}), ({"start": "data"}, {0, 1, 2})]
)
def test_free_runs_and_runs_from_data(tmp_path, plan, labels):
    dataset = write_toy(tmp_path / "toy.parquet")
    folder = train_in(tmp_path / "a", dataset, recipe())
    spec = {"times": [0], **plan}
    sample(
        ages=folder / "ages",
        dataset=dataset,
        samples=tmp_path / "s.parquet",
        spec=spec,
        seed=1,
        device="cpu",
    )
    columns, _ = read_table(tmp_path / "s.parquet", kind="samples")
    assert set(columns["label"].tolist()) == labels
    if plan.get("start") == "data":
        held_out, _ = read_table(dataset, kind="dataset")
        test = held_out["codes"][held_out["split"] == "test"]
        assert {row.tobytes() for row in columns["codes"]} == {row.tobytes() for row in test}


def test_predictions_by_both_methods(tmp_path):
    dataset = write_toy(tmp_path / "toy.parquet")
    spec = recipe(updates=300, optimiser={"kind": "sgd", "learning_rate": 0.2})
    folder = train_in(tmp_path / "a", dataset, spec)
    predict(
        ages=folder / "ages",
        dataset=dataset,
        predictions=tmp_path / "p.parquet",
        spec={},
        seed=1,
        device="cpu",
    )
    frame, _ = read_frame(tmp_path / "p.parquet", kind="predictions")
    last = frame[frame["age"] == 300]
    # A chain gives one draw from p(label | data), which is right for 0.87 of 24 rows on average.
    for method, least in (("exact", 0.9), ("chain", 0.65)):
        own = last[last["method"] == method]
        assert len(own) == 24
        assert (own["predicted"] == own["label"]).mean() > least
    total = last.filter(regex=r"^p_\d").sum(axis=1)
    assert ((total - 1).abs() < 1e-6).all()


def test_labels_over_prediction_time(tmp_path):
    dataset = write_toy(tmp_path / "toy.parquet")
    spec = recipe(updates=300, optimiser={"kind": "sgd", "learning_rate": 0.2})
    folder = train_in(tmp_path / "a", dataset, spec)
    frames = {}
    for name, extra in (("plain", {}), ("course", {"times": [20, 0, 5]})):
        path = tmp_path / f"{name}.parquet"
        predict(
            ages=folder / "ages",
            dataset=dataset,
            predictions=path,
            spec=extra,
            seed=1,
            device="cpu",
        )
        frames[name], _ = read_frame(path, kind="predictions")
    course = frames["course"][frames["course"]["time"] >= 0]
    assert set(course["age"]) == {300}
    assert set(course["method"]) == {"chain"}
    assert course.groupby("time").size().to_dict() == {0: 24, 5: 24, 20: 24}
    right = (course["predicted"] == course["label"]).groupby(course["time"]).mean()
    # Random labels at first, of several (see write_toy); 0.87 are right at equilibrium.
    assert right[0] < 0.65 < right[20]
    rest = frames["course"][frames["course"]["time"] < 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, frames["plain"])
