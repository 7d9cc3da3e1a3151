"""Neighbour counts, links and weights against the definition; thresholds as they are written."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.reweighting import count_by_numpy
from ebmflow.data import neighbours
from ebmflow.data.neighbours import bit_planes, count_neighbours, has_neighbour, linked_groups
from ebmflow.data.thresholds import largest_count, largest_distance
from ebmflow.data.weights import balance_classes
from ebmflow.errors import ShapeError


def family(rows, sites, states=21, seed=0):
    """Rows around a few prototypes, so that distances of all sizes occur."""
    rng = np.random.default_rng(seed)
    prototypes = rng.integers(0, states, (max(1, rows // 8), sites))
    codes = prototypes[rng.integers(0, len(prototypes), rows)]
    changed = rng.random(codes.shape) < rng.random((rows, 1)) * 0.5
    return np.where(changed, rng.integers(0, states, codes.shape), codes).astype(np.uint8)


def distances(codes, others=None):
    others = codes if others is None else others
    return (codes[:, None, :] != others[None]).sum(axis=2)


# Around one and two words of 64 sites, and alphabets around powers of two.
SHAPES = [(2, 1, 2), (40, 5, 2), (90, 63, 21), (90, 64, 4), (90, 65, 5), (150, 128, 21),
          (150, 129, 16), (300, 430, 21), (129, 82, 33), (128, 82, 256)]  # fmt: skip


@pytest.mark.parametrize(("rows", "sites", "states"), SHAPES)
def test_counts_are_those_of_the_definition(rows, sites, states):
    codes = family(rows, sites, states)
    truth = distances(codes)
    for distance in sorted({0, 1, sites // 5, sites // 2, sites - 1, sites}):
        expected = (truth <= distance).sum(axis=1)
        assert np.array_equal(count_neighbours(codes, distance, threads=2), expected)
        assert np.array_equal(count_by_numpy(codes, distance), expected)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40),
    sites=st.integers(1, 140),
    states=st.integers(2, 30),
    distance=st.integers(-1, 140),
    seed=st.integers(0, 1000),
)
def test_counts_of_any_shape(rows, sites, states, distance, seed):
    codes = family(rows, sites, states, seed)
    near = distances(codes) <= distance
    np.fill_diagonal(near, val=True)
    assert np.array_equal(count_neighbours(codes, distance), near.sum(axis=1))


def test_counts_over_blocks_and_threads(monkeypatch):
    codes = family(700, 30)
    expected = (distances(codes) <= 6).sum(axis=1)
    monkeypatch.setattr(neighbours, "BLOCK", 64)
    for threads in (1, 3):
        seen = []
        counts = count_neighbours(codes, 6, threads=threads, progress=seen.append)
        assert np.array_equal(counts, expected)
        assert seen == sorted(seen)
        assert seen[-1] == 1


def test_the_gap_is_a_symbol_like_any_other():
    codes = np.array([[0, 0, 0, 1], [0, 0, 0, 2], [3, 4, 5, 1]], np.uint8)
    assert count_neighbours(codes, 1).tolist() == [2, 2, 1]


def test_distances_need_codes():
    with pytest.raises(ShapeError, match="uint8"):
        bit_planes(np.zeros((2, 3), np.float32))


def test_has_neighbour_is_that_of_the_definition():
    codes, others = family(150, 70, seed=1), family(90, 70, seed=1)
    truth = distances(codes, others)
    for distance in (0, 7, 20, 45):
        found = has_neighbour(codes, others, distance, threads=2)
        assert np.array_equal(found, (truth <= distance).any(axis=1))
    assert not has_neighbour(codes, others[:0], 70).any()
    assert not has_neighbour(codes, others, -1).any()


def test_linked_groups_are_connected_components():
    codes = family(200, 40, seed=2)
    near = distances(codes) <= 8
    for _ in range(8):  # paths of up to 2^8 steps
        near = near @ near
    first = near.argmax(axis=1)
    groups = linked_groups(codes, 8)
    assert np.array_equal(groups, np.unique(first, return_inverse=True)[1])
    assert 1 < groups.max() + 1 < len(codes)


@given(st.integers(0, 100).map(lambda percent: percent / 100), st.integers(1, 2000), st.booleans())
def test_thresholds_are_decimal(identity, sites, strict):
    limit = largest_distance(identity, sites, strict=strict)
    exact = Fraction(round(identity * 100), 100)

    def near(distance):
        same = 1 - Fraction(distance, sites)
        return same > exact if strict else same >= exact

    assert limit == max((d for d in range(sites + 1) if near(d)), default=-1)
    count = largest_count(identity, sites, strict=strict)
    below = (k for k in range(sites + 1) if (k < exact * sites if strict else k <= exact * sites))
    assert count == max(below, default=-1)


def test_thresholds_that_floats_get_wrong():
    # 1 - 0.8 is 0.19999999999999996, and 0.1 * 3 is more than 0.3.
    assert largest_distance(0.8, 60) == 12
    assert largest_distance(0.8, 60, strict=True) == 11
    assert largest_distance(0.9, 430) == 43
    assert largest_count(0.1, 30) == 3


def test_balanced_classes_have_equal_totals():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 50 + [1] * 7 + [3] * 21 + [-1] * 5)
    weights = rng.random(len(labels))
    balanced = balance_classes(weights, labels)
    totals = [balanced[labels == label].sum() for label in (0, 1, 3)]
    np.testing.assert_allclose(totals, weights[labels >= 0].sum() / 3, rtol=1e-12)
    assert np.array_equal(balanced[labels < 0], weights[labels < 0])
    ratio = balanced[labels == 0] / weights[labels == 0]
    np.testing.assert_allclose(ratio, ratio[0])


def test_balance_without_labels_changes_nothing():
    weights = np.array([1.0, 0.5])
    assert np.array_equal(balance_classes(weights, np.array([-1, -1])), weights)
