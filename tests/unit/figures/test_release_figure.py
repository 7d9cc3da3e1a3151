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


def test_inputs_of_several_units_are_boxes_by_unit_and_class():
    names = ["zero", "one", "two"]
    vectors = pd.concat(
        pd.DataFrame({"series": name, "site": range(1, 5), "state": 0, "value": ALL})
        for name in ("q: one", "q: two", "weights: unit 1", "weights: unit 2")
    )
    rows = [
        (unit, name, 10 * unit + place + shift)
        for unit in (1, 2, 3)
        for place, name in enumerate(names)
        for shift in (-1, 0, 1)
    ]
    inputs = pd.DataFrame(rows, columns=["unit", "label", "value"])
    facts = {"label_names": names, "released": 2, "cosines": [[0.9, 0.1], [0.1, 0.8]]}
    figure = draw_release(vectors, inputs, pd.DataFrame(columns=["label"]), facts)
    (axes,) = (one for one in figure.axes if one.get_ylabel() == "input")
    ticks = [one.get_text() for one in axes.get_xticklabels()]
    assert ticks == ["unit 1", "unit 2", "unit 3\nnot released"]
    medians = {line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1}
    assert {10 * u + c for u in (1, 2, 3) for c in range(3)} <= medians
