"""Score tables: means over labels, spread over seeds, joining."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ebmflow.errors import DataError
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.tables import (
    COLUMNS,
    join_scores,
    mean_over_labels,
    over_seeds,
    score_frame,
    score_rows,
)


def table(values: dict[int, float | None], **more):
    rows = []
    for seed, value in values.items():
        place = {
            "dataset": "d", "model": "m", "seed": seed, "sampling": "s", "metric": "spectrum",
            "reference": "test", "age": 10, "time": 3, "group": "all", **more,
        }  # fmt: skip
        rows += score_rows([Score("spectrum_error", "code", value, None, 5)], **place)
    return score_frame(rows)


def test_mean_over_labels_weighs_labels_equally():
    scores = {
        "a": [Score("p_gg", "code", 0.2, 0.03, 1000)],
        "b": [Score("p_gg", "code", 0.6, 0.04, 10)],
    }
    (mean,) = mean_over_labels(scores)
    assert mean.value == pytest.approx(0.4)
    assert mean.standard_error == pytest.approx(0.025)
    assert (mean.n, mean.note) == (2, "")


def test_mean_over_labels_names_labels_without_value():
    scores = {
        "a": [Score("x", "", 0.2, 0.1, 5)],
        "b": [Score("x", "", None, None, 0, "0 reference rows")],
        "c": [],
    }
    (mean,) = mean_over_labels(scores)
    assert (mean.value, mean.n) == (0.2, 1)
    assert mean.note == "without 2 of 3 labels: b, c"
    (mean,) = mean_over_labels({"a": [Score("x", "", None, None, 0, "why")]})
    assert (mean.value, mean.note) == (None, "no label has a value")


def test_spread_over_seeds():
    values = {0: 1.0, 1: 2.0, 2: 6.0}
    (row,) = over_seeds(table(values)).to_dict("records")
    low, high = stats.t.interval(0.95, 2, loc=3.0, scale=stats.sem([1.0, 2.0, 6.0]))
    assert (row["mean"], row["seeds"], row["missing"]) == (3.0, 3, 0)
    assert row["low"] == pytest.approx(low)
    assert row["high"] == pytest.approx(high)
    assert (row["minimum"], row["maximum"]) == (1.0, 6.0)


def test_one_seed_has_no_interval_and_missing_values_are_counted():
    (row,) = over_seeds(table({0: 1.0, 1: None})).to_dict("records")
    assert (row["mean"], row["seeds"], row["missing"]) == (1.0, 1, 1)
    assert np.isnan(row["low"])
    assert np.isnan(row["standard_deviation"])
    (row,) = over_seeds(table({0: None})).to_dict("records")
    assert np.isnan(row["mean"])
    assert row["seeds"] == 0


def test_groups_are_kept_apart():
    frame = join_scores([("x", table({0: 1.0})), ("y", table({0: 5.0}, group="mean"))])
    assert len(over_seeds(frame)) == 2
    assert list(frame.columns) == COLUMNS


def test_joining_refuses_a_row_that_occurs_twice():
    with pytest.raises(DataError, match="two rows for dataset='d'"):
        join_scores([("x", table({0: 1.0})), ("y", table({0: 1.0}))])


def test_joining_names_the_file_without_a_column():
    with pytest.raises(DataError, match="no column 'note'"):
        join_scores([("scores.parquet", table({0: 1.0}).drop(columns="note"))])


def test_empty_tables_have_all_columns():
    assert list(join_scores([]).columns) == COLUMNS
    assert len(over_seeds(join_scores([]))) == 0
