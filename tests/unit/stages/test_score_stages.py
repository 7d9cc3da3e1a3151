"""Stages score, classify and collect_scores on small tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.evaluation.tables import COLUMNS, NO_TIME
from ebmflow.io.dataset_file import read_dataset, write_dataset
from ebmflow.io.model_file import age_path, build_model, save_model
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.space import StateSpace
from ebmflow.stages.classify import classify
from ebmflow.stages.collect_scores import collect_scores
from ebmflow.stages.energies import data_energies
from ebmflow.stages.score import dataset_rows, score
from tests.support.metric_cases import draw_rows

RUN = {"dataset": "toy", "model": "m", "seed": 0, "sampling": "s"}
LABELS = ("x", "y", "empty")


@pytest.fixture
def dataset(tmp_path):
    """80 rows of 6 binary sites: two labels that occur, one that does not, some unlabelled."""
    codes = draw_rows("binary", 80, 6, 1).codes
    labels = np.tile([0, 1, 0, 1, -1], 16)
    data = Dataset(
        name="toy",
        alphabet=Alphabet.named("binary"),
        codes=codes,
        names=np.array([f"r{i}" for i in range(80)], dtype=object),
        labels=labels,
        label_names=LABELS,
        weights=np.ones(80),
        groups=np.full(80, None, dtype=object),
        split=np.where(np.arange(80) < 50, "train", "test").astype(object),
    )
    path = tmp_path / "toy.parquet"
    write_dataset(path, data)
    return path


def write_samples(path, ages=(10, 20), times=(0, 5), n=24, sites=6):
    parts = []
    for age in ages:
        for time in times:
            label = np.tile([0, 1], n // 2)
            codes = draw_rows("binary", n, sites, age + time).codes
            parts.append((np.full(n, age), np.full(n, time, np.int32), label, codes))
    age, time, label, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
    columns = {
        "age": age,
        "time": time,
        "chain": np.zeros(len(age), np.int32),
        "label": label,
        "predicted": label,
        "codes": codes,
        "free_energy": np.zeros(len(age)),
    }
    write_table(path, columns, kind="samples")
    return path


def run_score(tmp_path, dataset, name="moments", spec=None, samples=None, threads=1):
    samples = samples or write_samples(tmp_path / "samples.parquet")
    path = tmp_path / f"{name}.parquet"
    spec = {"metric": {"kind": name}, **(spec or {})}
    score(
        samples=samples, dataset=dataset, scores=path, spec=spec, run=RUN, seed=3, threads=threads
    )
    return read_frame(path, kind="scores")[0]


@pytest.mark.parametrize(
    "name", ["moments", "pairs", "spectrum", "entropy", "nearest_neighbour", "novelty", "lengths"]
)
def test_every_age_time_reference_and_group_is_scored(tmp_path, dataset, name):
    frame = run_score(tmp_path, dataset, name)
    assert list(frame.columns) == COLUMNS
    model = frame[frame["age"] != NO_TIME]
    places = set(zip(model["age"], model["time"], model["reference"], model["group"], strict=True))
    assert places == {
        (age, time, reference, group)
        for age in (10, 20)
        for time in (0, 5)
        for reference in ("test", "train")
        for group in (*LABELS, "mean", "all")
    }
    assert (frame["note"].astype(bool) | frame["value"].notna()).all()
    absent = frame[(frame["group"] == "empty") & frame["value"].notna()]
    assert len(absent) == 0
    assert (tmp_path / f"{name}.tsv").exists()


def test_mean_is_over_labels_with_a_value(tmp_path, dataset):
    frame = run_score(tmp_path, dataset).set_index(["reference", "age", "time", "statistic"])
    one = frame.loc[("test", 10, 5, "first_moment_mse")].set_index("group")
    expected = (one.loc["x", "value"] + one.loc["y", "value"]) / 2
    assert one.loc["mean", "value"] == pytest.approx(expected)
    assert one.loc["mean", "note"] == "without 1 of 3 labels: empty"
    assert one.loc["mean", "n"] == 2


def test_floor_scores_held_out_rows(tmp_path, dataset):
    frame = run_score(tmp_path, dataset, spec={"references": ["test"]})
    floor = frame[frame["reference"] == "floor"]
    assert set(floor["age"]) == set(floor["time"]) == {-1}
    assert floor.set_index(["statistic", "group"]).loc[("first_moment_mse", "x"), "n"] == 12
    frame = run_score(tmp_path, dataset, spec={"floor": False, "independent": False})
    assert set(frame["reference"]) == {"test", "train"}


def test_the_independent_site_model_has_the_first_moments_of_its_group(tmp_path, dataset):
    frame = run_score(tmp_path, dataset, spec={"references": ["train"]})
    alone = frame[frame["reference"] == "independent"]
    assert set(alone["age"]) == set(alone["time"]) == {NO_TIME}
    errors = alone.set_index(["statistic", "group"])["value"]
    assert errors[("first_moment_mse", "x")] < 0.03  # 20 rows of variance at most 1/4
    assert not np.isnan(errors[("first_moment_mse", "all")])
    assert ("first_moment_mse", "mean") in errors.index


def test_the_union_can_be_left_out(tmp_path, dataset):
    frame = run_score(tmp_path, dataset, spec={"groups": ["labels"]})
    assert set(frame["group"]) == {*LABELS, "mean"}


def test_results_do_not_depend_on_threads_or_other_ages(tmp_path, dataset):
    everything = run_score(tmp_path, dataset, "nearest_neighbour")
    threaded = run_score(tmp_path, dataset, "nearest_neighbour", threads=3)
    pd.testing.assert_frame_equal(everything, threaded)
    samples = write_samples(tmp_path / "few.parquet", ages=(20,), times=(5,))
    alone = run_score(tmp_path, dataset, "nearest_neighbour", samples=samples)
    chosen = everything[(everything["age"] == 20) & (everything["time"] == 5)]
    alone = alone[alone["age"] != NO_TIME]
    pd.testing.assert_frame_equal(
        chosen.reset_index(drop=True), alone.reset_index(drop=True), check_exact=True
    )


def test_samples_of_another_length_are_refused(tmp_path, dataset):
    samples = write_samples(tmp_path / "other.parquet", sites=5)
    with pytest.raises(DataError, match="5 sites; expected 6, as in"):
        run_score(tmp_path, dataset, samples=samples)
    assert not (tmp_path / "moments.parquet").exists()


def test_energy_without_models_says_so(tmp_path, dataset):
    with pytest.raises(DataError, match="the folder with the model of each age"):
        run_score(tmp_path, dataset, "energy")


def test_energies_of_the_data_come_from_the_model_of_each_age(tmp_path, dataset):
    options = {"kind": "rbm", "hidden": {"units": 4}}
    space = StateSpace("binary", 6, 2, 3)
    models = {}
    for age in (10, 20):
        models[age] = build_model(options, space)
        for parameter in models[age].named_parameters().values():
            parameter += (
                0.1
                * age
                * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(age))
            )
        path = age_path(tmp_path / "ages", age)
        save_model(path, models[age], {"model": options, "space": list(space)})
    rows = dataset_rows(read_dataset(dataset))["test"]
    for age, model in models.items():
        found = data_energies(tmp_path / "ages", age)(rows)
        for i in (0, 7):
            visible = {
                "data": torch.from_numpy(rows.codes[[i]]),
                "label": torch.tensor([[rows.labels[i]]], dtype=torch.uint8),
            }
            assert rows.labels[i] >= 0
            assert found[i] == pytest.approx(model.free_energy(visible).item(), rel=1e-5)
        assert np.array_equal(np.isnan(found), rows.labels < 0)
    path = tmp_path / "energy.parquet"
    score(
        samples=write_samples(tmp_path / "samples.parquet"), dataset=dataset, scores=path,
        spec={"metric": {"kind": "energy"}}, run=RUN, models=tmp_path / "ages",
    )  # fmt: skip
    frame = read_frame(path, kind="scores")[0]
    shift = frame.query("statistic == 'energy_shift' and group == 'x' and time == 5")
    assert shift["value"].notna().all()
    # energies of the samples table are all zero, hence a shift of -mean / deviation per age
    energies = {age: data_energies(tmp_path / "ages", age)(rows) for age in models}
    found = shift[shift["reference"] == "test"].set_index("age")["value"]
    for age, expected in energies.items():
        own = expected[rows.labels == 0]
        one = found.loc[age]
        assert one == pytest.approx(-own.mean() / own.std(ddof=1), rel=1e-6)


def test_collected_scores_hold_every_table_and_the_spread_over_seeds(tmp_path, dataset):
    samples = write_samples(tmp_path / "samples.parquet")
    paths = []
    for seed in (0, 1):
        paths.append(tmp_path / f"scores-{seed}.parquet")
        score(
            samples=samples, dataset=dataset, scores=paths[-1], seed=seed, threads=1,
            spec={"metric": {"kind": "moments"}}, run={**RUN, "seed": seed},
        )  # fmt: skip
    table, seeds = tmp_path / "summary.parquet", tmp_path / "seeds.parquet"
    collect_scores(inputs=paths, table=table, seeds=seeds)
    joined = read_frame(table, kind="scores")[0]
    assert len(joined) == sum(len(read_frame(path, kind="scores")[0]) for path in paths)
    spread = read_frame(seeds, kind="scores_over_seeds")[0]
    assert len(spread) == len(joined) // 2
    assert (spread.loc[spread["mean"].notna(), "seeds"] == 2).all()
    text = pd.read_csv(table.with_suffix(".tsv"), sep="\t")
    assert len(text) == len(joined)


def write_predictions(path, rows=80, classes=3):
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1, 0, 1, -1], 16)
    p = rng.dirichlet(np.ones(classes), size=80)
    frames = []
    for age in (10, 20):
        for method in ("exact", "chain"):
            frame = pd.DataFrame(
                {
                    "age": age,
                    "time": -1,
                    "row": np.arange(80) + rows - 80,
                    "name": [f"r{i}" for i in range(80)],
                    "label": labels,
                    "method": method,
                    "predicted": p.argmax(axis=1),
                }
            )
            for c in range(classes):
                frame[f"p_{c}"] = p[:, c]
            frames.append(frame)
    write_table(path, pd.concat(frames, ignore_index=True), kind="predictions")
    return path, labels, p


def run_classify(tmp_path, dataset, predictions):
    paths = {name: tmp_path / f"{name}.parquet" for name in ("scores", "confusion", "calibration")}
    run = {name: RUN[name] for name in ("dataset", "model", "seed")}
    classify(predictions=predictions, dataset=dataset, spec={}, run=run, **paths)
    return {name: read_frame(path, kind=name)[0] for name, path in paths.items()}


def test_classification_per_age_method_and_side(tmp_path, dataset):
    predictions, labels, p = write_predictions(tmp_path / "predictions.parquet")
    tables = run_classify(tmp_path, dataset, predictions)
    frame = tables["scores"]
    assert list(frame.columns) == COLUMNS
    keys = ["age", "sampling", "reference", "statistic", "group"]
    found = frame.set_index(keys)["value"]
    test = (np.arange(80) >= 50) & (labels >= 0)
    expected = np.mean(p.argmax(axis=1)[test] == labels[test])
    assert found.loc[(20, "chain", "test", "accuracy", "all")] == pytest.approx(expected)
    assert np.isnan(found.loc[(10, "exact", "test", "recall", "empty")])
    one = tables["confusion"].query("age == 10 and method == 'exact' and reference == 'test'")
    assert one["rows"].sum() == test.sum()
    sums = one.groupby("label")["fraction"].sum(min_count=1)
    assert sums[["x", "y"]].tolist() == pytest.approx([1, 1])
    assert np.isnan(sums["empty"])
    reliability = tables["calibration"].query("age == 10 and method == 'exact'")
    assert reliability.query("reference == 'test'")["rows"].sum() == test.sum()


def test_chains_on_their_way_are_scored_by_counts_only(tmp_path, dataset):
    predictions, *_ = write_predictions(tmp_path / "predictions.parquet")
    frame, _ = read_frame(predictions, kind="predictions")
    late = frame[(frame["age"] == 20) & (frame["method"] == "chain")]
    wrong = late.assign(time=7, predicted=(late["label"] + 1) % 3)
    write_table(predictions, pd.concat([frame, wrong]), kind="predictions")
    tables = run_classify(tmp_path, dataset, predictions)
    course = tables["scores"].query("time == 7")
    assert set(course["sampling"]) == {"chain_over_time"}
    assert set(tables["scores"].query("sampling == 'chain'")["time"]) == {-1}
    assert set(course["statistic"]) == {
        "accuracy", "balanced_accuracy", "majority_share", "recall", "precision",
    }  # fmt: skip
    assert course.query("statistic == 'accuracy'")["value"].tolist() == [0.0, 0.0]
    for name in ("confusion", "calibration"):  # of the rest only
        assert not tables[name].duplicated(["age", "method", "reference", *KEYS[name]]).any()


KEYS = {"confusion": ["label", "predicted"], "calibration": ["low"]}


def test_predictions_of_another_dataset_are_refused(tmp_path, dataset):
    predictions, *_ = write_predictions(tmp_path / "predictions.parquet", rows=90)
    with pytest.raises(DataError, match="row 89; expected rows below 80"):
        run_classify(tmp_path, dataset, predictions)
    predictions, *_ = write_predictions(tmp_path / "predictions.parquet", classes=2)
    with pytest.raises(DataError, match="2 probabilities per row; expected 3"):
        run_classify(tmp_path, dataset, predictions)
