"""Vectors from few labels stand against those from all, entry by entry, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.figures.release import draw_release

ALL, KNOWN, WEIGHTS = [1.0, 2.0, 0.0, -1.0], [1.0, 1.0, 0.0, 0.0], [2.0, 4.0, 0.1, -2.0]


def draw(known: bool):
    series = {"q: one": ALL, "weights: unit 1": WEIGHTS}
    if known:
        series["known q: one"] = KNOWN
    vectors = pd.concat(
        pd.DataFrame({"series": name, "site": range(1, 5), "state": 0, "value": values})
        for name, values in series.items()
    )
    inputs = pd.DataFrame({"unit": 1, "label": ["zero", "one"], "value": [-1.0, 1.0]})
    facts = {"label_names": ["zero", "one"], "released": 1, "cosines": [[0.99]]}
    facts |= {"known_labels": 2} if known else {}
    return draw_release(vectors, inputs, pd.DataFrame(columns=["label"]), facts)


def test_few_labels_get_a_panel_of_their_own():
    panels = {axes.get_title(loc="left"): axes for axes in draw(known=True).axes}
    axes = panels["label vectors that the machine knew"]
    assert np.asarray(axes.collections[0].get_offsets()).tolist() == list(
        map(list, zip(ALL, KNOWN, strict=True))
    )
    assert axes.get_ylabel() == "q from 2 labels"
    (label,) = axes.get_legend_handles_labels()[1]
    assert float(label.rpartition(" ")[2]) == pytest.approx(3 / np.sqrt(6 * 2), abs=5e-4)


def test_all_labels_get_none():
    assert len(draw(known=False).axes) == 2
