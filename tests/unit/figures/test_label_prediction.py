"""Figures of predicted labels: prediction time, calibration, confusion over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.figures import label_prediction as figures


def score(value, *, model="m", seed=0, age=10, time=-1, sampling="", statistic="accuracy"):
    sampling = sampling or ("chain" if time < 0 else "chain_over_time")
    place = {"model": model, "seed": seed, "age": age, "time": time, "group": "all"}
    return {**place, "sampling": sampling, "statistic": statistic, "value": value}


def test_prediction_time_is_drawn_at_the_last_age_with_the_exact_value() -> None:
    table = pd.DataFrame(
        [
            score(0.2, time=0),
            score(0.6, time=5),
            score(0.4, time=0, seed=1),
            score(1.0, time=5, seed=1),
            score(0.1, time=5, age=1),  # an earlier age
            score(0.7),  # after the sweeps of the plan: no point of the course
            score(0.9, sampling="exact"),
            score(0.7, sampling="exact", seed=1),
        ]
    )
    axes = figures.draw_prediction_time(table).axes[0]
    course, exact = axes.get_lines()
    assert list(course.get_xdata()) == [0, 5]
    assert list(course.get_ydata()) == pytest.approx([0.3, 0.8])
    assert exact.get_ydata()[0] == pytest.approx(0.8)
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.2, 1.0)


def test_no_course_is_said() -> None:
    figure = figures.draw_prediction_time(pd.DataFrame([score(0.9)]))
    assert "no chain was recorded" in figure.axes[0].texts[0].get_text()


def bins(rows, confidence, accuracy, seed=0, low=0.8, method="exact", model="m"):
    place = {"model": model, "seed": seed, "age": 10, "method": method, "low": low}
    return {**place, "rows": rows, "confidence": confidence, "accuracy": accuracy}


def test_seeds_are_pooled_row_by_row() -> None:
    table = pd.DataFrame(
        [bins(30, 0.9, 0.8), bins(10, 0.82, 0.4, seed=1), bins(10, 0.5, 0.5, low=0.4)]
    )
    pooled = figures.pool_bins(table)
    last = pooled.iloc[1]
    assert last[["rows", "confidence", "accuracy"]].tolist() == pytest.approx([40, 0.88, 0.7])
    # Wilson's interval of 28 in 40, from a table.
    assert last[["low", "high"]].tolist() == pytest.approx([0.5457, 0.8193], abs=1e-4)
    assert figures.calibration_error(pooled) == pytest.approx(40 / 50 * 0.18)


def test_calibration_shows_exact_probabilities_and_areas() -> None:
    areas = [
        score(0.9, statistic="auc", sampling="exact") | {"group": "x"},
        score(0.6, statistic="auc", sampling="exact") | {"group": "y"},
    ]
    table = pd.DataFrame([bins(30, 0.9, 0.8), bins(9, 1.0, 0.1, method="chain", low=0.9)])
    upper, right, lower = figures.draw_calibration(table, pd.DataFrame(areas)).axes
    points = upper.containers[0].lines[0]
    assert (points.get_xdata(), points.get_ydata()) == ([0.9], [0.8])
    assert "error 0.100" in upper.get_legend().get_texts()[0].get_text()
    assert list(right.get_lines()[0].get_xdata()) == [0.9, 0.6]
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["x", "y"]
    assert list(lower.get_lines()[0].get_ydata()) == [1.0]
    empty = figures.draw_calibration(table[table["method"] == "chain"], pd.DataFrame(areas))
    assert "no model gives probabilities" in empty.axes[0].texts[0].get_text()


def test_confusion_is_the_mean_of_shares_over_seeds() -> None:
    counts = {0: [[3, 1], [0, 2]], 1: [[2, 2], [1, 1]]}
    table = pd.DataFrame(
        {
            "model": "m",
            "seed": seed,
            "age": 10,
            "method": "chain",
            "label": ["a", "a", "b", "b"],
            "predicted": ["a", "b", "a", "b"],
            "rows": np.ravel(matrix),
        }
        for seed, matrix in counts.items()
    )
    table = table.explode(["label", "predicted", "rows"], ignore_index=True)
    mean, spread, total, accuracy = figures.seed_means(table, ["a", "b"])
    assert mean.tolist() == [[0.625, 0.375], [0.25, 0.75]]
    assert spread[0, 0] == pytest.approx(0.25 / np.sqrt(2))
    assert total.tolist() == [4, 2]
    assert accuracy == pytest.approx((5 / 6 + 0.5) / 2)
    (axes,) = figures.draw_confusion_over_seeds(table).axes
    assert axes.texts[0].get_text() == "62\n±18"
    assert "2 seeds" in axes.get_title(loc="left")
