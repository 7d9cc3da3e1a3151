"""Couplings of chaotic networks: matrices of both directions, and how symmetric they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import DATA_COLOUR, PALETTE, escape, new_figure, set_title, styled


@styled
def draw_couplings(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw, a row a link: trained part, both total couplings, one direction against the other.

    Parameters
    ----------
    table : DataFrame
        Columns link, first, second, forward, backward, trained.
    facts : dict
        ``age``; ``links``: link -> ``before`` and ``after``, correlations of the two directions.
    """
    links = list(dict.fromkeys(table["link"]))
    figure = new_figure(11.5, 3.1 * len(links) + 0.5)
    grid = figure.subplots(len(links), 4, squeeze=False)
    for panels, link in zip(grid, links, strict=True):
        rows = table[table["link"] == link]
        trained = matrix_of(rows, "trained")
        total = [matrix_of(rows, name) + trained for name in ("forward", "backward")]
        limit = max(float(np.quantile(np.abs(total), 0.98)), 1e-12)
        first, second = (escape(name.strip()) for name in link.split(","))
        own = float(np.abs(trained).max()) or 1.0
        _draw_matrix(panels[0], trained, own, f"trained, up to {own:.2g}", first, second)
        _draw_matrix(panels[1], total[0], limit, f"{first} from {second}", first, second)
        _draw_matrix(panels[2], total[1], limit, f"{second} from {first}", first, second)
        fixed = [matrix_of(rows, name) for name in ("forward", "backward")]
        _draw_pairs(panels[3], fixed, total, facts["links"][link])
    note = "units with the largest trained couplings; red is positive, blue negative"
    set_title(figure, title, f"after {facts['age']:,} updates; {note}")
    return figure


def matrix_of(rows: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column as a matrix, first unit by second unit, in increasing order."""
    return rows.pivot(index="first", columns="second", values=column).to_numpy()


def _draw_matrix(
    axes: Axes, values: np.ndarray, limit: float, name: str, first: str, second: str
) -> None:
    axes.imshow(
        values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest", aspect="auto"
    )
    axes.grid(False)
    axes.set(xlabel=f"{second} units", ylabel=f"{first} units", xticks=[], yticks=[])
    axes.set_title(name, loc="left")


def _draw_pairs(
    axes: Axes, fixed: list[np.ndarray], total: list[np.ndarray], facts: dict[str, float | None]
) -> None:
    for pair, colour, name, key in (
        (fixed, "#AAAAAA", "random", "before"),
        (total, PALETTE[5], "random and trained", "after"),
    ):
        value = facts[key]
        label = name if value is None else f"{name}: r = {value:.2f}"
        axes.scatter(
            pair[0].ravel(), pair[1].ravel(), s=2, alpha=0.4, lw=0, color=colour, label=label,
            rasterized=True,  # thousands of points
        )  # fmt: skip
    axes.axline((0, 0), slope=1, color=DATA_COLOUR, lw=0.6, ls=":")
    axes.set(xlabel="coupling one way", ylabel="the other way")
    axes.legend(fontsize=7, markerscale=4, loc="upper left")
    axes.set_title("asymmetry", loc="left")
