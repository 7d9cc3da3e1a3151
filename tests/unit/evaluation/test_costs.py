"""Bounds of a likelihood: what a reader is told, on hand-worked numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.evaluation.costs import RowLikelihoods, bounds_note, cost, log_likelihoods

SITES = 100


def rows(forward, reverse):
    log_z = {"forward": (forward, 0.03), "reverse": (reverse, 0.04)}
    return RowLikelihoods(np.array([1.0, 2.0]), np.ones(2), log_z, SITES)


@pytest.mark.parametrize(
    ("reverse", "start"),
    [
        (5.0, ""),  # equal
        (5.19, ""),  # 3.8 errors of 0.05 above: no more than noise
        (4.81, ""),  # and as much below
        (4.7, "unusable"),
        (5.3, "loose"),
    ],
)
def test_crossing_or_distant_bounds_are_told(reverse, start):
    note = bounds_note(rows(5.0, reverse).log_partition, SITES)
    assert note.startswith(start)
    assert bool(note) == bool(start)


def test_a_crossing_is_named_in_nats():
    assert "2.26 nats" in bounds_note(rows(246.80, 244.54).log_partition, 169)


def test_every_number_that_rests_on_crossing_bounds_says_so():
    crossed, fine = rows(5.0, 3.0), rows(5.0, 5.0)
    assert all("unusable" in score.note for score in log_likelihoods(crossed))
    assert not any(score.note for score in log_likelihoods(fine))
    for pair in ((crossed, fine), (fine, crossed)):
        assert all("unusable" in score.note for score in cost("erasure", *pair))
    assert not any(score.note for score in cost("erasure", fine, fine))
