"""What is kept of a study under docs/reproduced: means over seeds, few ages, the code's name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.tables import score_frame, score_rows
from ebmflow.io.table_file import write_table


@pytest.fixture(scope="module")
def collect(root: Path):
    spec = importlib.util.spec_from_file_location("c", root / "docs" / "reproduced" / "collect.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.collect


def write_scores(results: Path, seed: int, value: float) -> None:
    """Two statistics at 20 ages, of one label and of the mean over labels."""
    run = {"dataset": "d", "model": "m", "seed": seed, "sampling": "s", "metric": "moments"}
    rows = [
        row
        for age in range(1, 21)
        for group in ("a", "mean")
        for row in score_rows(
            [Score("one", "", value * age, None, 3), Score("other", "", 0.0, None, 3)],
            **run, reference="test", age=age, time=10, group=group,
        )
    ]  # fmt: skip
    path = results / f"scores/d/m/seed-{seed}/s/moments.parquet"
    write_table(
        path, score_frame(rows), kind="scores", metadata={"provenance": {"code": f"code{seed}"}}
    )


def test_means_over_seeds_at_few_ages(collect, tmp_path: Path) -> None:
    for seed, value in ((0, 1.0), (1, 3.0)):
        write_scores(tmp_path, seed, value)
    table = collect(tmp_path, ["one"])
    assert set(table["statistic"]) == {"one"}
    assert set(table["group"]) == {"mean"}  # single labels are left out
    assert list(table["age"]) == [1, 4, 6, 9, 12, 15, 17, 20]
    assert list(table["mean"]) == [2.0 * age for age in table["age"]]
    assert set(table["seeds"]) == {2}
    assert set(table["code"]) == {"code1"}


def test_all_statistics_where_none_is_named(collect, tmp_path: Path) -> None:
    write_scores(tmp_path, 0, 1.0)
    assert set(collect(tmp_path, [])["statistic"]) == {"one", "other"}
