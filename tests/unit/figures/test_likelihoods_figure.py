"""Histograms of log-likelihoods: their means and what is said of ln Z."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.figures.likelihoods import draw_likelihoods
from ebmflow.stages import plot_likelihoods

COLUMNS = {
    "split": np.array(["train", "train", "test", "test"], dtype=object),
    "weight": np.array([3.0, 1.0, 1.0, 1.0]),
    "log_unnormalised": np.array([-2.0, -6.0, -10.0, -12.0]),
}


def lines(figure):
    return [line.get_xdata()[0] for line in figure.axes[0].lines]


def test_means_are_weighted_and_ln_z_is_taken_off():
    figure = draw_likelihoods(COLUMNS, {"log_partition": {"forward": [4, 1], "reverse": [6, 1]}})
    assert lines(figure) == pytest.approx([-3 - 5, -11 - 5])
    assert "means differ by 8 nats" in figure.get_suptitle()
    assert "midway" in figure.axes[0].get_xlabel()


def test_the_exact_ln_z_wins():
    bounds = {"forward": [4, 1], "reverse": [6, 1], "exact": [7, 0]}
    figure = draw_likelihoods(COLUMNS, {"log_partition": bounds})
    assert lines(figure) == pytest.approx([-10, -18])
    assert "exact" in figure.axes[0].get_xlabel()


def test_what_is_wrong_with_the_bounds_is_said(monkeypatch, tmp_path):
    facts = {"log_partition": {"forward": [6, 0.1], "reverse": [4, 0.1]}, "sites": 10}
    seen = []
    monkeypatch.setattr(plot_likelihoods, "read_table", lambda *_, **__: (COLUMNS, facts))
    monkeypatch.setattr(plot_likelihoods, "save_figure", lambda figure, *_: seen.append(figure))
    plot_likelihoods.plot_likelihoods(rows=tmp_path, svg=tmp_path, png=tmp_path, spec={})
    assert seen[0].get_supxlabel() == "unusable: the bounds of ln Z cross by 2 nats"
    facts["log_partition"]["exact"] = [5, 0]
    plot_likelihoods.plot_likelihoods(rows=tmp_path, svg=tmp_path, png=tmp_path, spec={})
    assert seen[1].get_supxlabel() == ""


def test_rows_of_one_side_only_are_drawn():
    one = {name: values[:2] for name, values in COLUMNS.items()}
    figure = draw_likelihoods(one, {"log_partition": {"exact": [0, 0]}})
    assert lines(figure) == pytest.approx([-3])
    assert "one side only" in figure.get_suptitle()
