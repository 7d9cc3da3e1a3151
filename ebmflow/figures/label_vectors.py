"""Label vectors q and weights of released units, entry by entry: pictures, signed logos or bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.images import image_shape
from ebmflow.figures.signed_logos import draw_signed_logos
from ebmflow.figures.style import escape, new_figure, set_title, styled

VECTOR, KNOWN, WEIGHTS = "q: ", "known q: ", "weights: "
ROWS = ((VECTOR, KNOWN), WEIGHTS)  # of panels
NEGATIVE, POSITIVE = "#2166AC", "#B2182B"  # as in pictures


def draw_label_vectors(
    table: pd.DataFrame,
    facts: dict[str, Any],
    *,
    shape: Sequence[int] | None = None,
    title: str = "",
) -> Figure:
    """Draw label vectors, and below them weights of released units, or of the first units.

    Parameters
    ----------
    table : DataFrame
        Columns series (``q: <class>``, ``known q: <class>`` or ``weights: unit <d>``), site, state,
        value.
    facts : dict
        ``alphabet``, ``released`` (units), ``cosines`` (units x vectors), ``known_labels`` (the
        number behind ``known q``, else null).
    shape : (int, int), optional
        Rows and columns of data that are pictures; without it letters make signed logos, other
        sites bars.
    """
    series = label_vector_series(table)
    note = f"{facts['released']} released" if facts["released"] else "no unit is released"
    note = f"label vectors above, weights below; {note}"
    if shape:
        return _draw_pictures(series, facts, shape, title=title, note=note)
    named = {_name(name, facts): values for name, values in series.items()}
    if facts["alphabet"]["kind"] == "categorical":
        return draw_signed_logos(named, facts["alphabet"]["letters"], title=title, note=note)
    return _draw_bars(named, title=title, note=note)


def label_vector_series(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return values (sites, states) of each series, in order of appearance."""
    found = {}
    for name, part in table.groupby("series", sort=False):
        part = part.sort_values(["site", "state"])
        found[str(name)] = part["value"].to_numpy().reshape(part["site"].nunique(), -1)
    return found


def draw_picture(axes: Axes, values: np.ndarray, shape: Sequence[int] | None) -> None:
    """Draw entries as a picture; blue is negative, red positive, white zero."""
    picture = values.reshape(image_shape(values.size, shape))
    limit = float(np.abs(picture).max()) or 1.0
    axes.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")


@styled
def _draw_pictures(
    series: dict[str, np.ndarray],
    facts: dict[str, Any],
    shape: Sequence[int],
    *,
    title: str,
    note: str,
) -> Figure:
    rows = [[name for name in series if name.startswith(kind)] for kind in ROWS]
    across = max(len(row) for row in rows)
    figure = new_figure(1.9 * across + 0.6, 3.8 * shape[0] / shape[1] + 1.2)
    grid = figure.subplots(2, across, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for panels, names in zip(grid, rows, strict=True):
        for axes, name in zip(panels, names, strict=False):
            draw_picture(axes, series[name], shape)
            axes.set_title(_name(name, facts), fontsize=8, loc="left")
    set_title(figure, title, note)
    return figure


@styled
def _draw_bars(series: dict[str, np.ndarray], *, title: str, note: str) -> Figure:
    figure = new_figure(8.0, 1.15 * len(series) + 0.8)
    panels = figure.subplots(len(series), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, values) in zip(panels, series.items(), strict=True):
        entries = values.ravel()
        shades = np.where(entries > 0, POSITIVE, NEGATIVE)
        axes.vlines(np.arange(1, len(entries) + 1), 0, entries, colors=shades, lw=1.2)
        axes.axhline(0, color="#888888", lw=0.6)
        axes.set_title(name, loc="left", fontsize=9, pad=3)
    panels[-1].set_xlabel("site")
    set_title(figure, title, note)
    return figure


def _name(series: str, facts: dict[str, Any]) -> str:
    """Name of a vector, or number of a unit with the cosine to its own vector if it is released."""
    if series.startswith(VECTOR):
        return f"q of {escape(series.removeprefix(VECTOR))}"
    if series.startswith(KNOWN):
        return f"{facts['known_labels']:,} labels: q of {escape(series.removeprefix(KNOWN))}"
    unit = int(series.rpartition(" ")[2])
    if unit > facts["released"]:
        return f"unit {unit}"
    return f"unit {unit}, cosine {facts['cosines'][unit - 1][unit - 1]:.3f}"
