"""Measured observables of generated data on the exact curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import (
    DATA_COLOUR,
    GENERATED_COLOUR,
    escape,
    new_figure,
    panel_grid,
    set_title,
    styled,
)

CURVES = {
    "finite": {"color": GENERATED_COLOUR, "lw": 1.6, "label": "exact, this size"},
    "infinite": {"color": "#666666", "lw": 1.1, "ls": "--", "label": "exact, infinite"},
}


@styled
def draw_observables(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw measured values with two standard errors, and exact curves, one panel per observable.

    Parameters
    ----------
    table : DataFrame
        Columns observable, parameter, measured, standard_error, n (0 on a curve), finite, infinite.
    facts : dict
        ``parameter``: what the horizontal axis is.
    """
    names = list(dict.fromkeys(table["observable"]))
    rows, columns = panel_grid(len(names), most_columns=2)
    figure = new_figure(4.4 * columns, 3.1 * rows + 0.5)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _draw_panel(axes, table[table["observable"] == name], name)
        axes.set_xlabel(escape(facts["parameter"]))
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    set_title(figure, title, "points: data with two standard errors; lines: exact")
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, name: str) -> None:
    points, curve = table[table["n"] > 0], table[table["n"] == 0]
    for column, look in CURVES.items():
        if curve[column].notna().any():
            axes.plot(curve["parameter"], curve[column], **look)
    axes.errorbar(
        points["parameter"], points["measured"], yerr=2 * points["standard_error"],
        fmt="o", ms=4, color=DATA_COLOUR, mfc="white", capsize=2, lw=1, label="data", zorder=3,
    )  # fmt: skip
    axes.set_title(f"{escape(name)}{_largest_deviation(points)}", loc="left")
    axes.legend()


def _largest_deviation(points: pd.DataFrame) -> str:
    """Largest distance from the exact values of this size, in standard errors."""
    known = points[points["finite"].notna()]
    if known.empty:
        return ""
    distance = np.abs(known["measured"] - known["finite"]) / known["standard_error"]
    return f": at most {distance.max():.1f} standard errors off"
