"""Rows of one age and one time out of a samples table."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.errors import ConfigError, DataError
from ebmflow.evaluation.snapshots import generated_snapshot, label_groups


def table() -> dict[str, np.ndarray]:
    age, time = (grid.ravel() for grid in np.meshgrid([10, 100], [1, 10, 50], indexing="ij"))
    label = np.array([0, 1, -1, 0, 1, -1])
    return {
        "age": age,
        "time": time,
        "label": label,
        "predicted": np.full(6, 1),
        "codes": np.arange(12, dtype=np.uint8).reshape(6, 2),
    }


@pytest.mark.parametrize(
    ("spec", "trained", "expected"),
    [
        ({}, 10, (100, 10)),
        ({}, None, (100, 50)),
        ({}, 7, (100, 50)),
        ({"age": 10, "time": "last"}, 10, (10, 50)),
        ({"time": 1}, 10, (100, 1)),
    ],
)
def test_snapshot_of_age_and_time(spec: dict, trained: int | None, expected: tuple) -> None:
    columns = table()
    found = generated_snapshot(columns, {"trained_sweeps": trained}, spec)
    assert (found.age, found.time) == expected
    row = np.flatnonzero((columns["age"] == found.age) & (columns["time"] == found.time))
    np.testing.assert_array_equal(found.columns["codes"], columns["codes"][row])


def test_rows_without_requested_label_carry_the_predicted_one() -> None:
    found = generated_snapshot(table(), {}, {"age": 10, "time": 50})
    assert found.columns["requested"].tolist() == [-1]
    assert found.columns["label"].tolist() == [1]


def test_unknown_time_lists_the_recorded_ones() -> None:
    with pytest.raises(ConfigError, match="time: found 12; expected one of: last, 1, 10, 50"):
        generated_snapshot(table(), {}, {"time": 12})


def test_empty_table_is_an_error() -> None:
    empty = {name: values[:0] for name, values in table().items()}
    with pytest.raises(DataError, match="no rows"):
        generated_snapshot(empty, {}, {})


def test_groups_leave_unlabelled_rows_out_and_fall_back_to_all() -> None:
    label = np.array([0, -1, 1, 0])
    groups = {name: mask.tolist() for name, mask in label_groups(label, ["a", "b"])}
    assert groups == {"a": [True, False, False, True], "b": [False, False, True, False]}
    assert [(name, mask.sum()) for name, mask in label_groups(label, [])] == [("all", 4)]
