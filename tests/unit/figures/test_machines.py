"""Figures of machines: learning curves, singular values, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.figures import learning, units

PANEL = learning.PANELS[0]


def scores(statistic="reconstruction_distance", seeds=3, ages=(10, 20, 40), **columns):
    rows = [
        {"model": "m", "seed": seed, "sampling": "s", "statistic": statistic, "group": "all",
         "convention": "paper", "reference": "train", "age": age, "value": age / 100 + seed}
        for seed in range(seeds) for age in ages
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def test_ages_become_epochs_and_seeds_a_mean_with_its_interval():
    figure = learning.draw_learning(scores(), {"m": 10})
    axes = next(axes for axes in figure.axes if axes.get_title(loc="left") == PANEL.title)
    line = next(line for line in axes.get_lines() if line.get_label() == "m")
    np.testing.assert_allclose(line.get_xdata(), [1, 2, 4])
    np.testing.assert_allclose(line.get_ydata(), [1.1, 1.2, 1.4])
    assert len(axes.get_lines()) == 1 + 3  # the mean, and every seed
    over = learning.interval(scores().assign(epoch=scores()["age"]))
    # Seeds 0, 1, 2: standard deviation 1, t = 4.3027 with two degrees of freedom.
    np.testing.assert_allclose(over["high"] - over["mean"], 4.302653 / np.sqrt(3), rtol=1e-5)


def test_two_seeds_have_no_interval():
    assert learning.interval(scores(seeds=2).rename(columns={"age": "epoch"}))["low"].isna().all()


def test_a_panel_takes_one_convention_one_group_and_its_reference():
    wanted = scores()
    others = [
        scores(convention="code"),
        scores(group="x"),
        scores(reference="test"),
        scores(statistic="other"),
    ]
    table = pd.concat([wanted, *[other.assign(value=9.0) for other in others]])
    found = learning.rows_of(table, PANEL)
    assert sorted(found["value"]) == sorted(wanted["value"])


def test_a_panel_takes_the_sampling_at_most_ages():
    last_age_only = scores(sampling="a", ages=(40,))
    found = learning.rows_of(pd.concat([last_age_only, scores()]), PANEL)
    assert set(found["sampling"]) == {"s"}
    assert set(found["age"]) == {10, 20, 40}


def test_likelihoods_are_drawn_as_negative_and_exact_ones_before_estimates():
    panel = next(one for one in learning.PANELS if one.statistic == "log_likelihood")
    table = pd.concat(
        scores(statistic="log_likelihood", convention=name).assign(value=value)
        for name, value in (("forward", -5.0), ("exact", -4.0), ("reverse", -3.0))
    )
    assert set(learning.rows_of(table, panel)["value"]) == {4.0}


def test_nothing_to_draw_is_said():
    figure = learning.draw_learning(scores(statistic="other"), {"m": 1})
    assert "no score of the machine" in "".join(t.get_text() for t in figure.axes[0].texts)


def test_singular_values_are_those_of_the_last_age_once():
    parts = [
        scores(f"singular_value_{k}", 2, reference=side).assign(value=lambda t, k=k: t["age"] / k)
        for k in (1, 2, 10)
        for side in ("train", "test")
    ]
    found = units.singular_values(pd.concat(parts))
    assert len(found) == 2 * 3
    assert found.groupby("rank")["value"].first().to_dict() == {1: 40, 2: 20, 10: 4}
    figure = units.draw_singular_values(pd.concat(parts))
    np.testing.assert_allclose(figure.axes[0].get_lines()[0].get_ydata(), [1, 0.5, 0.1])
    assert figure.axes[0].get_lines()[0].get_label() == "m (largest 40)"


@pytest.mark.parametrize("most", [2, 24])
def test_the_largest_units_come_first(most):
    values = np.arange(20, dtype=np.float32).reshape(5, 4)
    columns = {"unit": np.arange(5), "norm": np.linalg.norm(values, axis=1), "values": values}
    figure = units.draw_units(columns, {"what": "patterns", "age": 7}, most=most)
    shown = [axes.get_title() for axes in figure.axes if axes.images]
    assert shown == ["4", "3", "2", "1", "0"][:most]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), values[4].reshape(2, 2))
