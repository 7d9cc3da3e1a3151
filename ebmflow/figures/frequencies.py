"""Allele frequencies of generated samples against those of the data, per label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import (
    colours,
    escape,
    new_panels,
    ordered_labels,
    say_empty,
    set_title,
    styled,
)


@styled
def draw_frequencies(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw one dot per site: frequency of the last letter in data and in generated rows.

    Parameters
    ----------
    table : DataFrame
        Columns set, label, site, letter, frequency (as written by summarise_sites).
    facts : dict
        alphabet (letters), label_names, age, time.
    """
    letter = facts["alphabet"]["letters"][-1]
    chosen = table[table["letter"] == letter]
    names = ordered_labels(chosen["label"], facts.get("label_names"))
    look = {"margin": 0.6, "nothing": "no rows", "sharex": True, "sharey": True}
    figure, panels = new_panels(len(names), 2.9, 2.9, **look)
    palette = colours(names)
    for axes, name in zip(panels, names, strict=True):
        wide = chosen[chosen["label"] == name].pivot(
            index="site", columns="set", values="frequency"
        )
        _draw_panel(axes, wide, name, palette[name])
    figure.supxlabel(f"frequency of allele {letter} in the data", fontsize=9)
    figure.supylabel(f"frequency of allele {letter} in generated rows", fontsize=9)
    set_title(figure, title)
    return figure


def _draw_panel(axes: Axes, wide: pd.DataFrame, name: str, colour: str) -> None:
    axes.set_title(escape(name), loc="left")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_aspect("equal")
    if not {"data", "generated"} <= set(wide.columns):
        say_empty(axes, "one of the sets has no rows")
        return
    x, y = wide["data"].to_numpy(), wide["generated"].to_numpy()
    axes.plot([0, 1], [0, 1], color="#888888", lw=0.9, zorder=1)
    axes.scatter(x, y, s=11, color=colour, alpha=0.65, linewidths=0, zorder=2)
    error = float(np.sqrt(np.mean((x - y) ** 2)))
    text = f"RMS difference {error:.3f}"
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        text = f"r = {np.corrcoef(x, y)[0, 1]:.3f}\n{text}"
    axes.text(
        0.97, 0.03, text, ha="right", va="bottom", fontsize=7.5, transform=axes.transAxes,
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5},
    )  # fmt: skip
