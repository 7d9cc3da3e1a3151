"""Released units on hand-worked cases: cosines, states of classes, rates of switching."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.evaluation.release import (
    ReleaseOptions,
    class_states,
    cosine_scores,
    cosines,
    switch_scores,
)


def test_cosines_of_units_with_vectors():
    weights = np.array([[3.0, 0.0, 0.0], [4.0, -2.0, 0.0]])  # 2 entries, 3 units
    found = cosines(weights, np.array([[10.0, 0.0], [0.0, 5.0]]))
    assert found == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0], [0.0, 0.0]]))


def test_released_units_are_compared_with_their_own_vector_and_others_with_all():
    found = np.array([[-0.9, 0.1], [0.2, 0.8], [0.01, -0.03]])
    rows = [(group, score.statistic, score.value) for group, score in cosine_scores(found, 2)]
    assert rows == [
        ("unit 1", "released_cosine", 0.9),
        ("unit 2", "released_cosine", 0.8),
        ("all", "largest_other_cosine", 0.03),
    ]


def test_without_other_units_nothing_is_said_of_them():
    ((group, score),) = cosine_scores(np.array([[0.5]]), 1)
    assert (group, score.statistic, score.value) == ("unit 1", "released_cosine", 0.5)


def test_a_class_switches_its_own_unit_on_whatever_the_sign_of_its_weights():
    states = class_states(np.array([[-0.9, 0.1], [0.2, 0.8]]), 2, 3)
    assert states.tolist() == [[1, 0], [0, 0], [1, 1]]


def test_rates_and_half_time():
    table = pd.DataFrame(
        [
            (chain, time, label, own, target, probability)
            for chain, label in ((0, "a"), (1, "b"))
            for time, own, target, probability in (
                (0, 1, 0, 0.0),
                (10, 1, 0, 0.0),
                (11, 1, 0, 0.4),
                (15, 0, 1 - chain, 0.7),
                (20, 0, 1 - chain, 1.0),
            )
        ],
        columns=["chain", "time", "label", "own", "target", "probability"],
    )
    found = {(group, s.statistic): s for group, s in switch_scores(table, 10)}
    assert found["all", "kept_rate"].value == 1
    assert found["all", "switch_rate"].value == 0.5
    assert found["all", "switch_rate"].standard_error == pytest.approx(0.125**0.5)
    assert (found["a", "switch_rate"].value, found["b", "switch_rate"].value) == (1, 0)
    assert found["all", "switch_half_time"].value == 5


def test_times_are_recorded_on_both_sides_of_the_change():
    times = ReleaseOptions(sweeps=50, points=4).times()
    assert times == [0, 1, 4, 14, 50, 51, 54, 64, 100]
