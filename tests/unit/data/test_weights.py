"""Thresholds as they are written, and the balance of classes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ebmflow.data.thresholds import largest_count, largest_distance
from ebmflow.data.weights import WeightOptions, balance_classes


@given(hundredths=st.integers(0, 100), total=st.integers(1, 2000), strict=st.booleans())
def test_counts_below_a_fraction_are_exact(hundredths, total, strict):
    bound = Fraction(hundredths, 100)
    allowed = [
        k for k in range(-1, total + 1)
        if k < 0 or (Fraction(k, total) < bound if strict else Fraction(k, total) <= bound)
    ]  # fmt: skip
    assert largest_count(hundredths / 100, total, strict=strict) == max(allowed)


@given(hundredths=st.integers(1, 100), sites=st.integers(1, 2000), strict=st.booleans())
def test_distances_above_an_identity_are_exact(hundredths, sites, strict):
    identity = Fraction(hundredths, 100)
    limit = largest_distance(hundredths / 100, sites, strict=strict)
    for distance in {0, limit, limit + 1, sites} - {-1}:
        equal = Fraction(sites - distance, sites)
        assert (distance <= limit) == (equal > identity if strict else equal >= identity)


def test_the_papers_example_does_not_depend_on_strictness_and_others_do():
    # L = 62: 12.4 mismatches; L = 60: exactly 12 (requirement DR-A14)
    assert [largest_distance(0.8, 62, strict=strict) for strict in (False, True)] == [12, 12]
    assert [largest_distance(0.8, 60, strict=strict) for strict in (False, True)] == [12, 11]


def test_classes_have_equal_totals_and_the_sum_stays():
    generator = np.random.default_rng(0)
    weights = generator.random(200)
    labels = np.concatenate([np.zeros(150, int), np.full(30, 1), np.full(20, -1)])
    balanced = balance_classes(weights, labels)
    totals = [balanced[labels == label].sum() for label in (0, 1)]
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-12)
    np.testing.assert_allclose(sum(totals), weights[labels >= 0].sum(), rtol=1e-12)
    assert (balanced[labels < 0] == weights[labels < 0]).all()
    within = balanced[labels == 1] / weights[labels == 1]
    np.testing.assert_allclose(within, within[0], rtol=1e-12)


def test_unlabelled_rows_alone_are_left_alone():
    weights = np.array([0.5, 1.0])
    assert balance_classes(weights, np.array([-1, -1])).tolist() == [0.5, 1.0]


@pytest.mark.parametrize("threshold", [0.0, 1.1, -0.2])
def test_a_threshold_is_a_fraction(threshold):
    with pytest.raises(ValidationError):
        WeightOptions(identity_threshold=threshold)
