"""Samples from corrupted rows on disk, how near they come to these, and the picture of it."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.sampling.plan import SamplingPlan
from ebmflow.stages.plot_chains import plot_chains
from ebmflow.stages.sample import sample
from ebmflow.stages.score import score
from tests.support.datasets import write_toy
from tests.unit.stages.test_likelihood import train_machine

PLAN = {
    "start": "corrupted",
    "corruption": {"given": 3, "hold": True, "blank": True},
    "clamp": [],
    "times": [0, 3],
    "rows": 5,
    "ages": "all",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrupted")
    dataset = write_toy(folder / "toy.parquet", rows=60)
    train_machine(folder, dataset, "unconstrained", updates=20, ages=2)
    return folder, dataset


def generate(study, name, **options):
    folder, dataset = study
    sample(
        ages=folder / "unconstrained" / "ages", dataset=dataset, samples=folder / name,
        spec=SamplingPlan.model_validate(PLAN | options).model_dump(mode="json"),
        seed=0, device="cpu",
    )  # fmt: skip
    return read_table(folder / name, kind="samples")[0]


def scores(study, samples):
    folder, dataset = study
    score(
        samples=folder / samples, dataset=dataset, scores=folder / "scores.parquet",
        spec={"metric": {"kind": "recovery"}, "references": ["test"]},
        run={"dataset": "toy", "model": "m", "seed": 0, "sampling": "s"},
    )  # fmt: skip
    return read_frame(folder / "scores.parquet", kind="scores")[0]


def test_chains_start_from_corrupted_held_out_rows_and_hold_the_given_sites(study):
    data = read_dataset(study[1])
    columns = generate(study, "a.parquet")
    held_out = {tuple(row) for row in data.codes[data.split == "test"]}
    assert {tuple(row) for row in columns["original"]} <= held_out
    assert np.array_equal(columns["codes"][:, :3], columns["original"][:, :3])
    first = columns["time"] == 0
    changed = (columns["codes"] != columns["original"])[first][:, 3:].mean()
    assert abs(changed - 0.5) < 4 * 0.5 / np.sqrt(15 * 6)
    young, old = (columns["codes"][first & (columns["age"] == age)] for age in (1, 20))
    assert np.array_equal(young, old)


def test_recovery_is_the_share_of_sites_unlike_the_original(study):
    columns = generate(study, "a.parquet")
    found = scores(study, "a.parquet")
    assert set(found.reference) == {"test"}, "neither a floor nor independent rows"
    for age in (1, 20):
        for time in (0, 3):
            here = (columns["age"] == age) & (columns["time"] == time)
            expected = (columns["codes"] != columns["original"])[here].mean()
            line = found[(found.age == age) & (found.time == time) & (found.group == "all")]
            assert line.value.item() == pytest.approx(expected)
            assert line.n.item() == 15


def test_other_starts_have_no_distance(study):
    columns = generate(study, "b.parquet", start="data", corruption=None)
    assert "original" not in columns
    found = scores(study, "b.parquet")
    assert found.value.isna().all()
    assert found.note.str.contains("did not start from corrupted rows").all()


def test_more_given_sites_than_there_are_are_refused(study):
    with pytest.raises(DataError, match="binary rows of 9 sites"):
        generate(study, "c.parquet", corruption={"given": 9, "blank": True})


def test_pictures_show_the_original_first(study, tmp_path):
    generate(study, "a.parquet")
    plot_chains(
        samples=study[0] / "a.parquet", svg=tmp_path / "a.svg", png=tmp_path / "a.png",
        spec={"shape": [3, 3]},
    )  # fmt: skip
    assert (tmp_path / "a.png").stat().st_size > 5_000
