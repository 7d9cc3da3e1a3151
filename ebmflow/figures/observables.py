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
    colours,
    escape,
    markers,
    new_panels,
    set_title,
    shared_legend,
    styled,
)

CURVES = {
    "finite": {"color": GENERATED_COLOUR, "lw": 1.6, "label": "exact, this size"},
    "infinite": {"color": "#666666", "lw": 1.1, "ls": "--", "label": "exact, infinite"},
}
DATA = "data"
NOTHING = "nothing was measured"


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
    figure, panels = new_panels(len(names), 4.4, 3.1, margin=0.5, most_columns=2, nothing=NOTHING)
    for axes, name in zip(panels, names, strict=True):
        _draw_panel(axes, table[table["observable"] == name], name)
        axes.set_xlabel(escape(facts["parameter"]))
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


@styled
def draw_observables_by_machine(
    table: pd.DataFrame, exact: pd.DataFrame, facts: dict[str, Any], *, title: str = ""
) -> Figure:
    """Draw observables of data and machines against the parameter, one panel per observable.

    Machines: mean over seeds, with two standard errors of a single seed, or from the smallest to
    the largest of several.

    Parameters
    ----------
    table : DataFrame
        Columns model (``data``: the data), seed, observable, parameter, value, standard_error.
    exact : DataFrame
        Exact curves as in :func:`draw_observables`, lines with n = 0.
    facts : dict
        ``parameter``: what the horizontal axis is.
    """
    names = list(dict.fromkeys(table["observable"]))
    figure, panels = new_panels(len(names), 4.6, 3.0, margin=0.7, most_columns=2, nothing=NOTHING)
    models = [name for name in dict.fromkeys(table["model"]) if name != DATA]
    ends = table["parameter"].agg(["min", "max"]) if len(table) else pd.Series([0.0, 1.0])
    margin = 0.15 * (ends.iloc[1] - ends.iloc[0]) or 0.1
    for axes, name in zip(panels, names, strict=True):
        axes.set_xlim(ends.iloc[0] - margin, ends.iloc[1] + margin)
        _draw_curves(axes, exact[(exact["n"] == 0) & (exact["observable"] == name)])
        _draw_machines(axes, table[table["observable"] == name], models)
        axes.set_xlabel(escape(facts["parameter"]))
        axes.set_title(escape(name, most=60), loc="left")
    shared_legend(figure, panels)
    set_title(figure, title)
    return figure


def _draw_curves(axes: Axes, curve: pd.DataFrame) -> None:
    """Exact values in order of the parameter; the grids of several datasets are united."""
    curve = curve.sort_values("parameter").drop_duplicates("parameter")
    for column, look in CURVES.items():
        if curve[column].notna().any():
            axes.plot(curve["parameter"], curve[column], **{**look, "color": "#999999"})


def _draw_machines(axes: Axes, rows: pd.DataFrame, models: list[str]) -> None:
    palette, shapes = colours(models), markers(models)
    shift = 0.0015 * (rows["parameter"].max() - rows["parameter"].min())
    for place, name in enumerate([*models, DATA]):
        part = rows[rows["model"] == name].groupby("parameter")
        if not len(part):
            continue
        over = part["value"].agg(["mean", "min", "max", "count"])
        single = 2 * part["standard_error"].mean().fillna(0.0)
        below = (over["mean"] - over["min"]).where(over["count"] > 1, single)
        above = (over["max"] - over["mean"]).where(over["count"] > 1, single)
        of_data = name == DATA
        axes.errorbar(
            over.index + (0 if of_data else (place - len(models) / 2) * 6 * shift),
            over["mean"], yerr=(below, above), capsize=2, lw=1.2, ms=6 if of_data else 4.5,
            fmt="o" if of_data else shapes[name] + "-", mfc="none" if of_data else None,
            color=DATA_COLOUR if of_data else palette[name], label=escape(name),
            zorder=4 if of_data else 3,
        )  # fmt: skip
