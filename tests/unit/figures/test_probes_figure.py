"""The figure of probes puts every width and model where it belongs."""

from __future__ import annotations

import pandas as pd
import pytest

from ebmflow.figures.probes import draw_probes


def row(model, sampling, value, statistic="information_bits", group="all"):
    return {
        "model": model,
        "sampling": sampling,
        "statistic": statistic,
        "group": group,
        "value": value,
    }


def test_widths_are_ordered_and_other_features_left_out():
    scores = pd.DataFrame(
        [
            row("a", "two_layer_64_on_inputs", 0.9),
            row("a", "logistic_on_inputs", 0.1),
            row("a", "two_layer_8_on_inputs", 0.5),
            row("a", "logistic_on_data", 0.7),
            row("b", "logistic_on_inputs", 0.0),
            row("a", "logistic_on_inputs", 0.6, "auc", "x"),
            row("a", "logistic_on_inputs", 0.8, "auc", "y"),
        ]
    )
    table = pd.DataFrame({"age": [1, 2, 2], "pearson": [0.5, -0.9, 0.1]})
    left, middle, right = draw_probes(scores, {"a": table, "b": table}).axes
    assert list(middle.lines[0].get_ydata()) == pytest.approx([0.7])
    lines = {line.get_label(): line for line in left.lines}
    assert list(lines["a"].get_ydata()) == [0.1, 0.5, 0.9]
    assert list(lines["b"].get_xdata()) == [0]
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["logistic", "8", "64"]
    # Two correlations of the last age, by size.
    heights = [bar.get_height() for bar in right.patches]
    assert (sum(heights), max(heights)) == (4, 1)  # of each of two models


def test_other_features_are_shown_where_inputs_were_not_read():
    scores = pd.DataFrame(
        [row("a", "logistic_on_samples", 0.3), row("b", "logistic_on_samples", 0.2)]
    )
    table = pd.DataFrame({"age": [1], "pearson": [0.5]})
    left, middle, _ = draw_probes(scores, {"a": table, "b": table}).axes
    assert [float(line.get_ydata()[0]) for line in left.lines[:2]] == [0.3, 0.2]
    assert left.get_xlabel().endswith("reads sampled hidden units")
    assert "no classifier has a value" in [text.get_text() for text in middle.texts]
