"""Splits: sizes, groups, determinism, and the papers' numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pydantic import ValidationError

from ebmflow import registry
from ebmflow.data.leakage import count_leaks
from ebmflow.data.splits.base import SplitInput, share_out
from ebmflow.errors import DataError


def rows_of(labels, groups=None, given=None, codes=None) -> SplitInput:
    labels = np.asarray(labels)
    none = np.full(len(labels), None, dtype=object)
    return SplitInput(
        codes=np.arange(len(labels), dtype=np.uint8)[:, None] if codes is None else codes,
        labels=labels,
        label_names=tuple(f"c{k}" for k in range(labels.max() + 1)),
        groups=none if groups is None else np.array(groups, dtype=object),
        given=none if given is None else np.array(given, dtype=object),
    )


def split(kind: str, rows: SplitInput, **options) -> np.ndarray:
    return registry.component("split", kind)(**options).test_rows(rows)


def test_random_split_has_the_wanted_size_and_depends_on_its_seed_only():
    rows = rows_of(np.zeros(101, int))
    first = split("random", rows, test_fraction=0.2)
    assert first.sum() == 20
    assert (first == split("random", rows, test_fraction=0.2)).all()
    assert (first != split("random", rows, test_fraction=0.2, seed=1)).any()
    assert split("random", rows, test_size=7).sum() == 7


def test_splits_leave_the_global_generator_alone():
    np.random.seed(3)  # noqa: NPY002 (the global state is what is tested)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rows = rows_of(np.arange(60) % 3, groups=[f"g{i // 2}" for i in range(60)])
    for kind, options in (("random", {}), ("stratified", {}), ("grouped", {})):
        split(kind, rows, **options)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_a_tenth_is_not_rounded_by_binary_numbers():
    # 0.29 * 100 is 28.999... in floating point
    assert split("random", rows_of(np.zeros(100, int)), test_fraction=0.29).sum() == 29


def test_stratified_split_gives_the_class_counts_of_the_paper_on_gh30():
    train = [886, 287, 1044, 270, 435, 39, 89, 810, 62]
    test = [221, 71, 260, 67, 108, 9, 22, 202, 15]
    labels = np.repeat(np.arange(9), np.add(train, test))
    chosen = split("stratified", rows_of(labels), test_fraction=0.2)
    assert np.bincount(labels[chosen]).tolist() == test
    assert np.bincount(labels[~chosen]).tolist() == train


def test_stratified_split_holds_out_of_every_class_and_keeps_some():
    labels = np.array([0] * 40 + [1] * 2 + [-1] * 10)
    chosen = split("stratified", rows_of(labels), test_fraction=0.1)
    assert chosen[labels == 0].sum() == 4
    assert chosen[labels == 1].sum() == 1
    assert chosen[labels == -1].sum() == 1


def test_stratified_split_by_size_is_exact():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    chosen = split("stratified", rows_of(labels), test_size=11)
    assert chosen.sum() == 11
    assert np.bincount(labels[chosen]).tolist() == [6, 3, 2]


def test_per_label_split_draws_the_given_numbers():
    labels = np.repeat([0, 1, -1], [30, 10, 5])
    chosen = split("per_label", rows_of(labels), test={"c0": 4, "c1": 3})
    assert (chosen[labels == 0].sum(), chosen[labels == 1].sum()) == (4, 3)
    assert not chosen[labels == -1].any()


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"c7": 1}, "dataset, split.test: no label 'c7'; expected one of: c0, c1"),
        ({"c1": 10}, "dataset, split.test.c1: 10 test rows of 10; expected some left for training"),
    ],
)
def test_per_label_split_says_what_is_impossible(test, message):
    with pytest.raises(DataError, match=re.escape(message)):
        split("per_label", rows_of(np.repeat([0, 1], [30, 10])), test=test)


def test_grouped_split_keeps_groups_whole_and_classes_in_proportion():
    people = np.repeat(np.arange(250), 2)
    labels = np.repeat([0, 1], [300, 200])
    rows = rows_of(labels, groups=[f"p{i}" for i in people])
    chosen = split("grouped", rows, test_fraction=0.1)
    assert (chosen[0::2] == chosen[1::2]).all()
    assert (chosen[labels == 0].sum(), chosen[labels == 1].sum()) == (30, 20)


def test_rows_without_a_group_are_groups_of_their_own():
    rows = rows_of(np.zeros(20, int), groups=["a"] * 4 + [None] * 16)
    chosen = split("grouped", rows, test_fraction=0.5)
    assert len(set(chosen[:4])) == 1
    assert chosen.sum() == 10


def test_clusters_separate_similar_rows():
    generator = np.random.default_rng(0)
    parents = generator.integers(0, 20, (40, 50)).astype(np.uint8)
    codes = np.repeat(parents, 5, axis=0)
    mutated = generator.random(codes.shape) < 0.04
    codes[mutated] = 20
    rows = rows_of(np.zeros(200, int), codes=codes)
    chosen = split("grouped", rows, by="cluster", identity_threshold=0.8, test_fraction=0.2)
    assert 30 <= chosen.sum() <= 40
    distances = (codes[chosen][:, None] != codes[~chosen][None]).sum(axis=2)
    assert distances.min() > 10
    # a random split of the same rows does not separate them
    at_random = split("random", rows)
    assert (codes[at_random][:, None] != codes[~at_random][None]).sum(axis=2).min() <= 10


@pytest.mark.parametrize(
    ("options", "groups", "message"),
    [
        ({}, None, "dataset, split.by: the rows have no groups; expected groups from the source. "
         "Set split.by to cluster, or use another kind of split"),
        ({}, ["a"] * 10, "all 10 rows are in one group; expected two or more groups"),
        ({"test_fraction": 0.2}, ["a"] * 5 + ["b"] * 5,
         "the smallest of 2 groups has 5 rows, more than any share"),
    ],
)  # fmt: skip
def test_grouped_split_says_what_is_impossible(options, groups, message):
    with pytest.raises(DataError, match=re.escape(message)):
        split("grouped", rows_of(np.zeros(10, int), groups=groups), **options)


def test_given_split_is_the_sources():
    rows = rows_of(np.zeros(3, int), given=["train", "test", "train"])
    assert split("given", rows).tolist() == [False, True, False]
    with pytest.raises(
        DataError, match=re.escape("row 2: the source says None (1 of 3 rows); expected train")
    ):
        split("given", rows_of(np.zeros(3, int), given=["train", None, "test"]))


@pytest.mark.parametrize("size", [10, 11])
def test_a_split_needs_rows_on_both_sides(size):
    with pytest.raises(
        DataError, match=re.escape(f"{size} test rows of 10 rows; expected at least one row")
    ):
        split("random", rows_of(np.zeros(10, int)), test_size=size)


def test_fraction_and_size_exclude_each_other():
    with pytest.raises(ValidationError, match=re.escape("exclude each other")):
        registry.component("split", "random")(test_fraction=0.1, test_size=3)


def test_shares_add_up():
    # 3, 9/7, 9/7 and 3/7 rows: the largest remainder gets the row that is left
    assert share_out(6, np.array([7, 3, 3, 1])).tolist() == [3, 1, 1, 1]


def test_leakage_is_counted():
    codes = np.zeros((6, 10), np.uint8)
    codes[1, :1] = 1  # 90 % identical to the first row
    codes[2, :2] = 1  # 80 %: not above 80 %, but 90 % of row 1
    codes[3:] = [[2] * 10, [3] * 10, [2] * 10]
    groups = np.array(["a", "b", "b", "c", "d", "c"], dtype=object)
    is_test = np.array([True, False, False, True, True, False])
    counts = count_leaks(codes, groups, is_test)
    found = {line.item: (line.rows, line.note) for line in counts.lines}
    assert found["test rows with a training row above 80 % identity"] == (
        2,
        "66.7% of the test rows",
    )
    assert found["test rows with a training row equal"] == (1, "33.3% of the test rows")
    assert found["groups on both sides"][0] == 1
    only_far = count_leaks(codes[[0, 2]], groups[:2], np.array([True, False]))
    assert only_far.lines[0].rows == 0
