"""Axes of counts always have two ticks at least."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from ebmflow.figures.style import count_axis


@pytest.mark.parametrize(
    ("counts", "ticks"),
    [
        ([1.3, 4.7], [1.3, 4.7]),  # one round number is not enough
        ([1.9, 5.2], [2, 5]),
        ([30, 70], [30, 70]),
    ],
)
def test_counts_within_a_power_of_ten_have_ticks(counts: list, ticks: list) -> None:
    _, axes = plt.subplots()
    axes.plot(counts, counts)
    count_axis(axes, counts)
    assert list(axes.get_xticks()) == pytest.approx(ticks)
    plt.close("all")


def test_counts_over_powers_of_ten_keep_them() -> None:
    _, axes = plt.subplots()
    axes.plot([0, 3, 400], [1, 2, 3])
    count_axis(axes, [0, 3, 400])
    assert {10, 100} <= set(axes.get_xticks())
    plt.close("all")
