"""Which rows are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ebmflow.evaluation.rows import RowSet, row_keys
from ebmflow.evaluation.selection import Selection, SelectionOptions
from tests.support.metric_cases import draw_rows, rows_of

PUBLISHED = SelectionOptions(duplicates="drop", copies="drop", sizes="matched")
DEFAULT = SelectionOptions()
NAMES = ("a", "b")
GROUPS = ("labels", "all")


def labelled(rows: RowSet, labels: object) -> RowSet:
    return replace(rows, labels=np.array(labels))


def selection(reference: RowSet, options=DEFAULT, names=NAMES, seed=0) -> Selection:
    return Selection(reference, "test", names, options, seed)


def by_group(chooser: Selection, generated: RowSet, *names):
    return {one.group: one for one in chooser.comparisons(generated, GROUPS, *names)}


def test_sizes_are_matched_within_each_label():
    reference = labelled(draw_rows("binary", 30, 8, 1), [0] * 20 + [1] * 9 + [-1])
    generated = labelled(draw_rows("binary", 40, 8, 2), [0] * 10 + [1] * 30)
    found = by_group(selection(reference), generated, 5, 10)
    assert {name: (len(one.data), len(one.generated)) for name, one in found.items()} == {
        "a": (10, 10),
        "b": (9, 9),
        "all": (19, 19),
    }
    for name, label in (("a", 0), ("b", 1)):
        assert set(found[name].data.labels) == set(found[name].generated.labels) == {label}
    assert np.bincount(found["all"].data.labels).tolist() == [10, 9]
    assert np.bincount(found["all"].generated.labels).tolist() == [10, 9]


def test_union_holds_the_rows_of_the_labels():
    reference = labelled(draw_rows("binary", 30, 8, 1), [0] * 20 + [1] * 10)
    generated = labelled(draw_rows("binary", 30, 8, 2), [0] * 15 + [1] * 15)
    found = by_group(selection(reference), generated, 5, 10)
    for side in ("data", "generated"):
        parts = np.concatenate([getattr(found[name], side).index for name in NAMES])
        assert sorted(parts) == sorted(getattr(found["all"], side).index)


def test_published_rule_drops_duplicates_and_copies_before_matching():
    reference = labelled(rows_of([[0, 0, 0], [0, 0, 1], [1, 1, 1]]), [0, 0, 1])
    rows = [[0, 0, 0], [0, 1, 0], [0, 1, 0], [1, 1, 1], [1, 0, 1]]  # copy, twins, copy of b, new
    generated = labelled(rows_of(rows), [0, 0, 0, 0, 0])
    found = by_group(selection(reference, PUBLISHED), generated, 1, 1)
    kept = {tuple(row) for row in found["a"].generated.codes}
    assert kept == {(0, 1, 0), (1, 0, 1)}
    assert len(found["a"].data) == 2
    assert len(found["b"].data) == len(found["b"].generated) == 0


def test_fewer_rows_than_the_data_thin_the_data():
    reference = labelled(draw_rows("categorical", 30, 8, 1), [0] * 30)
    generated = labelled(draw_rows("categorical", 7, 8, 2), [0] * 7)
    found = by_group(selection(reference, PUBLISHED, ("a",)), generated, 1, 1)
    assert len(found["a"].data) == len(found["a"].generated) == 7


def test_same_data_rows_at_all_ages_and_times():
    reference = labelled(draw_rows("binary", 30, 8, 1), [0] * 30)
    chooser = selection(reference, names=("a",))
    sets = [labelled(draw_rows("binary", 12, 8, seed), [0] * 12) for seed in (2, 3)]
    first, second = (by_group(chooser, rows, age, 10) for age, rows in enumerate(sets))
    assert first["a"].data is second["a"].data
    smaller = labelled(draw_rows("binary", 5, 8, 4), [0] * 5)
    third = by_group(chooser, smaller, 7, 10)
    assert set(third["a"].data.index) <= set(first["a"].data.index)


def test_rows_come_in_random_order_that_the_seed_fixes():
    reference = labelled(draw_rows("binary", 50, 8, 1), [0] * 50)
    generated = labelled(draw_rows("binary", 50, 8, 2), [0] * 50)
    orders = [
        by_group(selection(reference, names=("a",), seed=seed), generated, 1, time)["a"]
        for seed, time in ((0, 1), (0, 1), (0, 2), (1, 1))
    ]
    index = [one.generated.index.tolist() for one in orders]
    assert index[0] == index[1]
    assert index[0] != index[2]
    assert index[0] != index[3]
    assert index[0] != sorted(index[0])
    assert orders[0].data.index.tolist() != sorted(orders[0].data.index.tolist())


@pytest.mark.parametrize("names", [(), NAMES])
def test_rows_without_labels_are_compared_as_a_whole(names):
    reference = labelled(draw_rows("binary", 20, 8, 1), [0] * 10 + [-1] * 10)
    generated = draw_rows("binary", 15, 8, 2)
    found = by_group(selection(reference, names=names), generated, 1, 1)
    assert list(found) == ["all"]
    assert len(found["all"].data) == len(found["all"].generated) == 15


@pytest.mark.parametrize(("groups", "expected"), [(("labels",), ["a", "b"]), (("all",), ["all"])])
def test_groups_on_request(groups, expected):
    rows = labelled(draw_rows("binary", 20, 8, 1), [0] * 10 + [1] * 10)
    found = [one.group for one in selection(rows).comparisons(rows, groups, 1, 1)]
    assert found == expected
    without = draw_rows("binary", 20, 8, 2)
    assert [one.group for one in selection(rows).comparisons(without, groups, 1)] == ["all"]


def test_remembered_sets_are_bounded():
    reference = labelled(draw_rows("binary", 200, 8, 1), [0] * 200)
    chooser = selection(reference, names=("a",))
    for n in range(1, 150):
        by_group(chooser, labelled(draw_rows("binary", n, 8, 2), [0] * n), n, 1)
    assert len(chooser._thinned) <= 64


def test_row_keys_tell_rows_apart():
    codes = np.array([[0, 1], [1, 0], [0, 1]], dtype=np.uint8)
    keys = row_keys(codes)
    assert keys[0] == keys[2]
    assert keys[0] != keys[1]
    assert len(np.unique(keys)) == 2
