"""Training history: gradient norm, label accuracy, monitored score, parameter norms."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import (
    colours,
    count_axis,
    new_panels,
    score_axis,
    set_title,
    styled,
)

# column -> (title, axis label, logarithmic)
PANELS = {
    "gradient_norm": ("gradient", "norm of the gradient", True),
    "label_accuracy": ("label accuracy, held-out rows", "fraction correct", False),
    "monitor": ("covariance error, held-out rows", "root mean square", True),
    "norm.": ("parameters", "norm", True),
}
NAMES = {
    "norm.weight.data": "data weights",
    "norm.weight.label": "label weights",
    "norm.field.data": "data fields",
    "norm.field.label": "label fields",
    "norm.field.hidden": "hidden fields",
}


@styled
def draw_history(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw the columns of a training history against updates, one panel each.

    Parameters
    ----------
    table : DataFrame
        Columns update, seconds, and any of gradient_norm, gradient.<parameter>, label_accuracy,
        monitor, norm.<parameter>.
    """
    panels = {key: columns for key in PANELS if (columns := _columns(table, key))}
    look = {"margin": 0.5, "most_columns": 2, "nothing": "the history holds no finite value"}
    figure, grid = new_panels(len(panels), 4.6, 2.7, **look)
    for axes, (key, names) in zip(grid, panels.items(), strict=True):
        _draw_panel(axes, table, key, names)
    seconds = float(table["seconds"].max()) if len(table) and "seconds" in table else 0.0
    note = f"{int(table['update'].max()):,} updates in {_duration(seconds)}" if seconds else ""
    set_title(figure, title, note)
    return figure


def _columns(table: pd.DataFrame, key: str) -> list[str]:
    """Return the columns of a panel that hold numbers; the total gradient comes with its parts."""
    names = [
        name for name in table.columns if name == key or (key[-1] == "." and name.startswith(key))
    ]
    if key == "gradient_norm":
        names += [name for name in table.columns if name.startswith("gradient.")]
    return [name for name in names if table[name].notna().any()]


def _draw_panel(axes: Axes, table: pd.DataFrame, key: str, names: list[str]) -> None:
    title, unit, log = PANELS[key]
    short = {name: name.removeprefix("gradient.").removeprefix("norm.") for name in names}
    parts = [name for name in names if name != key]
    palette = colours(sorted(short[name] for name in parts))
    for name in names:
        whole = name == key
        axes.plot(
            table["update"],
            table[name],
            color="#222222" if whole else palette[short[name]],
            lw=1.8 if whole else 1.0,
            label="all parameters" if whole else NAMES.get(f"norm.{short[name]}", short[name]),
        )
    if len(names) > 1:
        axes.legend(fontsize=7)
    if log:
        score_axis(axes, table[names].to_numpy().ravel())
    if key == "label_accuracy":
        axes.set_ylim(0, 1.02)
        best = table[key].idxmax()
        axes.annotate(
            f"best {table[key][best]:.3f}", (table["update"][best], table[key][best]),
            xytext=(0, -16), textcoords="offset points", ha="center", fontsize=8,
            arrowprops={"arrowstyle": "-", "lw": 0.6},
        )  # fmt: skip
    count_axis(axes, table["update"])
    axes.set_xlabel("updates")
    axes.set_ylabel(unit)
    axes.set_title(title, loc="left")


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
