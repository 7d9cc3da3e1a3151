"""Axes of counts always have two ticks at least."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import pytest

from ebmflow.figures.style import count_axis, plain_ticks


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


@pytest.mark.parametrize("span", [8, 25, 250, 3e4])
def test_labels_of_a_logarithmic_axis_do_not_overlap(span: float) -> None:
    figure, axes = plt.subplots(figsize=(4.8, 3.4))
    axes.plot([0.0026, 0.0026 * span], [0, 1])
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, [0.0026, 0.0026 * span])
    figure.canvas.draw()
    low, high = axes.get_xlim()
    labels = axes.get_xticklabels() + axes.get_xticklabels(minor=True)
    shown = [one for one in labels if one.get_text() and low <= one.get_position()[0] <= high]
    boxes = sorted((one.get_window_extent() for one in shown), key=lambda box: box.x0)
    assert len(boxes) > 1
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    plt.close("all")


def test_nothing_is_written_between_zero_and_the_first_count() -> None:
    figure, axes = plt.subplots(figsize=(3.5, 2.6))
    counts = [0, 64, 128, 1024]
    axes.plot(counts, counts)
    count_axis(axes, counts)
    figure.canvas.draw()
    low, high = axes.get_xlim()
    labels = [one for one in axes.get_xticklabels() if low <= one.get_position()[0] <= high]
    assert [one.get_text() for one in labels if one.get_text()] == ["0", "100", "1,000"]
    plt.close("all")
