"""Machines that have learnt nothing: what Gibbs chains reach, by the scale of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import colours, escape, new_figure, plain_ticks, set_title, styled

NAMES = {"normal": "normal weights", "uniform": "uniform weights"}


@styled
def draw_untrained(
    tables: dict[str, tuple[pd.DataFrame, dict[str, Any]]], *, title: str = ""
) -> Figure:
    """Draw accessibility against the standard deviation of the weights, one line per ensemble.

    Where machines of several sizes were looked at, a second panel draws it against their number of
    visible units. Bands are one standard deviation over draws, as in the paper; the star marks
    normal weights at the scale of Glorot.

    Parameters
    ----------
    tables : dict
        Model -> (columns ensemble, draw, visible, deviation, accessibility; metadata visible,
        hidden, glorot, sizes_deviation). Normal and uniform weights are drawn from the first.
    """
    everything, facts = _lines(tables)
    lines = {name: part[part["visible"] == facts["visible"]] for name, part in everything.items()}
    sizes = {
        name: part[part["deviation"] == facts["sizes_deviation"]]
        for name, part in everything.items()
    }
    several = any(part["visible"].nunique() > 1 for part in sizes.values())
    figure = new_figure(9.6 if several else 5.6, 3.8)
    axes, *others = figure.subplots(1, 1 + several, squeeze=False)[0]
    palette = colours(lines)
    lowest = _draw_lines(axes, lines, "deviation", palette)
    star = _between(lines[NAMES["normal"]], facts["glorot"])
    axes.plot([facts["glorot"]], [star], "k*", ms=12, label="Glorot initialisation")
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, [*lines[NAMES["normal"]]["deviation"], facts["glorot"]])
    axes.set_ylim(bottom=lowest)
    axes.set_xlabel("standard deviation of the weights")
    axes.set_ylabel("energy reached / ground state")
    for panel in others:
        _draw_lines(panel, sizes, "visible", palette)
        panel.set_ylim(axes.get_ylim())
        panel.set_xlabel(f"visible units, at standard deviation {facts['sizes_deviation']:g}")
    figure.legend(loc="outside lower left", ncols=2)
    set_title(figure, title, f"{facts['visible']} visible and {facts['hidden']:,} hidden units")
    return figure


def _draw_lines(
    axes: Axes, lines: dict[str, pd.DataFrame], over: str, palette: dict[str, str]
) -> float:
    """Draw means and standard deviations over draws; return the lowest end of a band, or 0."""
    lowest = 0.0
    for name, part in lines.items():
        found = part.groupby(over)["accessibility"].agg(["mean", "std"])
        look = {"color": palette[name]}
        label = escape(name) if over == "deviation" else None
        axes.plot(found.index, found["mean"], marker=".", label=label, **look)
        low, high = found["mean"] - found["std"], found["mean"] + found["std"]
        axes.fill_between(found.index, low, high, alpha=0.2, lw=0, **look)
        lowest = min(lowest, float(low.min()))
    return lowest


def _lines(
    tables: dict[str, tuple[pd.DataFrame, dict[str, Any]]],
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Name of a line -> its rows, and the metadata of the first table."""
    first, facts = next(iter(tables.values()))
    own = {model: frame[frame["ensemble"] == "recipe"] for model, (frame, _) in tables.items()}
    others = {name: first[first["ensemble"] == kind] for kind, name in NAMES.items()}
    return {**own, **others}, facts


def _between(rows: pd.DataFrame, deviation: float) -> float:
    """Mean of a line at a deviation, between its points on the logarithmic axis."""
    means = rows.groupby("deviation")["accessibility"].mean()
    places = np.log(means.index.to_numpy(dtype=float))
    return float(np.interp(np.log(deviation), places, means.to_numpy()))
