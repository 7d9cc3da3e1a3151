"""What hidden units, or patterns, look like: singular values of the weights, receptive fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ebmflow.figures.images import image_shape
from ebmflow.figures.label_vectors import draw_picture
from ebmflow.figures.logos import row_sites
from ebmflow.figures.quality import ALL, MEAN
from ebmflow.figures.rows import last_ages
from ebmflow.figures.signed_logos import draw_signed_logos
from ebmflow.figures.style import colours, escape, new_figure, say_empty, set_title, styled

SINGULAR = r"singular_value_(\d+)"
NAMES = {
    "patterns": "Visible parts of patterns",
    "weights": "Weights of hidden units",
    "receptive fields": "Random and trained couplings of hidden units",
}


@styled
def draw_singular_values(table: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw singular values of the weights by rank at the last age, as shares of the largest.

    Lines are means over seeds, bands reach from the smallest to the largest; the legend gives the
    largest singular value.

    Parameters
    ----------
    table : DataFrame
        Scores of one dataset, of the metric `weight_spectrum`.
    """
    rows = singular_values(table)
    figure = new_figure(5.6, 3.6)
    axes = figure.subplots()
    if rows.empty:
        say_empty(axes, "no model has weights between visible and hidden units")
        return figure
    palette = colours(sorted(rows["model"].unique()))
    for model, part in rows.groupby("model", sort=True):
        largest = part.groupby("seed")["value"].transform("max")
        over = (part["value"] / largest).groupby(part["rank"]).agg(["mean", "min", "max"])
        look = {"color": palette[str(model)]}
        name = f"{escape(str(model))} (largest {largest.mean():.3g})"
        axes.plot(over.index, over["mean"], marker="o", ms=4, label=name, **look)
        axes.fill_between(over.index, over["min"], over["max"], alpha=0.18, lw=0, **look)
    axes.set_xticks(np.arange(1, int(rows["rank"].max()) + 1))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("rank")
    axes.set_ylabel("singular value / largest")
    figure.legend(loc="outside lower left", ncols=2)
    set_title(figure, title)
    return figure


def singular_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return model, seed, rank and value of every singular value at the last age of a run."""
    rank = table["statistic"].str.extract(f"^{SINGULAR}$")[0]
    rows = table.assign(rank=rank)[rank.notna() & table["value"].notna()]
    rows = last_ages(rows[rows["group"].isin((ALL, MEAN))]).astype({"rank": int})
    return rows.drop_duplicates(["model", "seed", "rank"])[["model", "seed", "rank", "value"]]


@styled
def draw_units(
    columns: dict[str, np.ndarray],
    facts: dict[str, Any],
    *,
    shape: Sequence[int] | None = None,
    most: int = 24,
    title: str = "",
) -> Figure:
    """Draw the largest patterns, or receptive fields, as pictures; blue is negative, red positive.

    Parameters
    ----------
    columns : dict of ndarray
        Table of kind ``units``: unit (n,), norm (n,), values (n, L).
    facts : dict
        Its metadata: ``what`` (``patterns`` or ``weights``), ``age``.
    shape : (int, int), optional
        Rows and columns of a picture; default: square.
    most : int
        Pictures.
    """
    height, width = image_shape(columns["values"].shape[1], shape)
    order = largest_first(columns["norm"], most)
    across = min(8, max(len(order), 1))
    down = -(-len(order) // across)
    figure = new_figure(0.95 * across + 0.4, 0.95 * down * height / width + 0.9)
    grid = figure.subplots(max(down, 1), across, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, place in zip(grid, order, strict=False):
        draw_picture(axes, columns["values"][place], (height, width))
        axes.set_title(f"{int(columns['unit'][place])}", fontsize=7, pad=2)
    set_title(figure, title, _note(columns, facts, len(order)))
    return figure


def draw_unit_logos(
    columns: dict[str, np.ndarray],
    facts: dict[str, Any],
    *,
    most: int = 8,
    title: str = "",
) -> Figure:
    """Draw the largest patterns, or weights of hidden units, as signed logos.

    Parameters
    ----------
    columns, facts
        As for :func:`draw_units`; `facts` has ``alphabet`` as well.
    most : int
        Logos; a quarter of them where each takes several rows.
    """
    letters = facts["alphabet"]["letters"]
    sites = columns["values"].shape[1] // len(letters)
    order = largest_first(columns["norm"], most if row_sites(sites) == sites else most // 4)
    series = {
        f"{int(columns['unit'][place])} (norm {columns['norm'][place]:.3g})": columns["values"][
            place
        ].reshape(sites, len(letters))
        for place in order
    }
    note = _note(columns, facts, len(order))
    return draw_signed_logos(series, letters, title=title, note=note)


def largest_first(norms: np.ndarray, most: int) -> np.ndarray:
    """Return the places of the `most` largest, largest first."""
    return np.argsort(-norms, kind="stable")[:most]


def _note(columns: dict[str, np.ndarray], facts: dict[str, Any], shown: int) -> str:
    what = NAMES.get(facts["what"], facts["what"])
    count = len(columns["unit"])
    return f"{what}, the {shown} largest of {count}, after {facts['age']:,} updates"
