"""Histograms of the distance to the nearest training row."""

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
    new_panels,
    panel_grid,
    set_title,
    shared_legend,
    styled,
)

MOST_BINS = 40


@styled
def draw_novelty(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw the share of rows at each distance to the nearest training row, one panel per label.

    Parameters
    ----------
    table : DataFrame
        Columns set (``generated`` or ``test``), label, distance (sites), rows.
    facts : dict
        ``sites``: L; age, time.
    """
    names = list(dict.fromkeys(table["label"]))
    look = {"margin": 0.9, "nothing": "no rows", "sharex": True}
    figure, panels = new_panels(len(names), 3.2, 2.1, **look)
    bins = _bins(table["distance"])
    for axes, name in zip(panels, names, strict=True):
        _draw_label(axes, table[table["label"] == name], name, bins)
    for axes in panels[-panel_grid(len(names))[1] :]:
        axes.set_xlabel(f"sites that differ, of {facts['sites']}")
        axes.tick_params(labelbottom=True)
    shared_legend(figure, panels, columns=2)
    set_title(figure, title, "distance to the nearest training row; 0 is a copy")
    return figure


def _bins(distances: pd.Series) -> np.ndarray:
    highest = int(distances.max()) if len(distances) else 1
    width = -(-(highest + 1) // MOST_BINS)
    return np.arange(-0.5, highest + width + 0.5, width)


def _draw_label(axes: Axes, table: pd.DataFrame, name: str, bins: np.ndarray) -> None:
    looks = {
        "generated": {"color": GENERATED_COLOUR, "alpha": 0.5, "label": "generated"},
        "test": {"histtype": "step", "color": DATA_COLOUR, "lw": 1.3, "label": "held-out data"},
    }
    copies = 0
    for kind, look in looks.items():
        part = table[table["set"] == kind]
        total = part["rows"].sum()
        if total:
            axes.hist(part["distance"], bins=bins, weights=part["rows"] / total, **look)
        if kind == "generated":
            copies = int(part.loc[part["distance"] == 0, "rows"].sum())
    axes.set_title(f"{escape(name)}: {copies:,} copies", loc="left")
    axes.set_ylabel("share of rows")
