"""Label vectors of pictures, and the weights of released units below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ebmflow.figures.images import image_shape
from ebmflow.figures.style import escape, new_figure, set_title, styled

VECTOR, WEIGHTS = "q: ", "weights: "


@styled
def draw_label_vectors(
    table: pd.DataFrame,
    facts: dict[str, Any],
    *,
    shape: Sequence[int] | None = None,
    title: str = "",
) -> Figure:
    """Draw label vectors in a row, and weights in a row below; blue is negative, red positive.

    Parameters
    ----------
    table : DataFrame
        Columns series (``q: <class>`` or ``weights: unit <d>``), site, value.
    facts : dict
        ``released`` (units), ``cosines`` (units x vectors).
    shape : (int, int), optional
        Rows and columns of a picture; default: square.
    """
    series = {name: part["value"].to_numpy() for name, part in table.groupby("series", sort=False)}
    rows = [[name for name in series if name.startswith(kind)] for kind in (VECTOR, WEIGHTS)]
    across = max(len(row) for row in rows)
    height, width = image_shape(len(next(iter(series.values()))), shape)
    figure = new_figure(1.9 * across + 0.6, 3.8 * height / width + 1.2)
    grid = figure.subplots(2, across, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for panels, names in zip(grid, rows, strict=True):
        for axes, name in zip(panels, names, strict=False):
            picture = series[name].reshape(height, width)
            limit = float(np.abs(picture).max()) or 1.0
            axes.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
            axes.set_title(_name(name, facts), fontsize=8, loc="left")
    note = f"{facts['released']} released" if facts["released"] else "no unit is released"
    set_title(figure, title, f"label vectors above, weights below; {note}")
    return figure


def _name(series: str, facts: dict[str, Any]) -> str:
    """Name of a vector, or number of a unit with the cosine to its own vector if it is released."""
    if series.startswith(VECTOR):
        return f"q of {escape(series.removeprefix(VECTOR))}"
    unit = int(series.rpartition(" ")[2])
    if unit > facts["released"]:
        return f"unit {unit}"
    return f"unit {unit}, cosine {facts['cosines'][unit - 1][unit - 1]:.3f}"
