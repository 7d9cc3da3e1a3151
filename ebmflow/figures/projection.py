"""PCA scatter of data and generated samples with marginal histograms, and one panel per label.

Of two labels also histograms along the line between their mean rows.
"""

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
    hide_after,
    new_figure,
    ordered_labels,
    panel_grid,
    say_empty,
    set_title,
    styled,
)

BINS = 40
ALONG = "along_labels"
VECTOR_POINTS = 1500  # more points than this are drawn as pixels in an SVG


@styled
def draw_projection(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw big dots (data) and small outlined dots (generated), coloured by label.

    Outer panels: histograms of both sets along each component, data as black outline, generated as
    violet area, each of unit area; data count with their weights. Right: one panel per label; below
    them, where the table has it, a histogram along the line between two labels.
    Source: layout of Carbone et al. 2023 (arXiv 2307.06797), Fig. 1; Disentangling, Fig. 5.

    Parameters
    ----------
    table : DataFrame
        Columns set, label, weight, pc_1, pc_2, and along_labels or not.
    facts : dict
        label_names, age, time, explained_variance.
    """
    names = ordered_labels(table["label"], facts.get("label_names"))
    palette = colours(facts.get("label_names") or names)
    rows, columns = panel_grid(len(names), most_columns=2 if len(names) <= 6 else 3)
    shown = len(names) > 1
    figure = new_figure(6.2 + (2.1 * columns if shown else 0), 5.8)
    left, right = figure, None
    if shown:
        left, right = figure.subfigures(1, 2, width_ratios=[6.2, 2.1 * columns])
    limits = _limits(table)
    _draw_main(left, table, names, palette, facts, limits)
    if right is not None:
        if ALONG in table:
            right, below = right.subfigures(2, 1, height_ratios=[3, 2])
            _draw_along(below.subplots(), table, names, palette)
        panels = right.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _draw_label(axes, table, name, palette[name], limits)
        hide_after(panels, len(names))
    set_title(figure, title, _when(facts))
    return figure


def _when(facts: dict[str, Any]) -> str:
    if "age" not in facts:
        return ""
    return f"model after {facts['age']:,} updates, samples after {facts['time']:,} sweeps"


def _limits(table: pd.DataFrame) -> list[tuple[float, float]]:
    limits = []
    for name in ("pc_1", "pc_2"):
        low, high = float(table[name].min()), float(table[name].max())
        margin = 0.04 * (high - low) or 0.5
        limits.append((low - margin, high + margin))
    return limits


def _draw_main(
    figure: Any,
    table: pd.DataFrame,
    names: list[str],
    palette: dict[str, str],
    facts: dict[str, Any],
    limits: list[tuple[float, float]],
) -> None:
    grid = figure.add_gridspec(2, 2, width_ratios=[5, 1], height_ratios=[1, 5])
    main = figure.add_subplot(grid[1, 0])
    top = figure.add_subplot(grid[0, 0], sharex=main)
    side = figure.add_subplot(grid[1, 1], sharey=main)
    data, generated = (table[table["set"] == name] for name in ("data", "generated"))
    raster = len(table) > VECTOR_POINTS
    _scatter(main, data, names, palette, raster, size=22, alpha=0.28, linewidths=0)
    _scatter(main, generated, names, palette, raster, size=7, linewidths=0.4, edgecolors="black")
    shares = facts.get("explained_variance") or []
    for index, setter in enumerate((main.set_xlabel, main.set_ylabel)):
        share = f" ({100 * shares[index]:.1f} % of variance)" if index < len(shares) else ""
        setter(f"principal component {index + 1}{share}")
    main.set_xlim(*limits[0])
    main.set_ylim(*limits[1])
    for axes, name, way in ((top, "pc_1", "vertical"), (side, "pc_2", "horizontal")):
        bins = np.linspace(*limits[int(name[-1]) - 1], BINS + 1)
        _marginals(axes, data, generated, name, bins, way)
        axes.set_axis_off()
    _legend(figure, main, names, palette)


def _scatter(
    axes: Axes,
    table: pd.DataFrame,
    names: list[str],
    palette: dict[str, str],
    raster: bool,
    *,
    size: float,
    **look: Any,
) -> None:
    """Draw all labels in one shuffled collection, so that no label covers the others."""
    order = np.random.default_rng(0).permutation(len(table))
    table = table.iloc[order]
    shades = table["label"].map(palette).fillna("#777777" if names else GENERATED_COLOUR)
    axes.scatter(
        table["pc_1"], table["pc_2"], s=size, c=shades.to_list(), rasterized=raster, **look
    )


def _marginals(
    axes: Axes,
    data: pd.DataFrame,
    generated: pd.DataFrame,
    name: str,
    bins: np.ndarray,
    orientation: str,
) -> None:
    common = {"bins": bins, "density": True, "orientation": orientation}
    if len(generated):
        axes.hist(generated[name], color=GENERATED_COLOUR, alpha=0.45, **common)
    if len(data):
        weights = data["weight"] if data["weight"].sum() > 0 else None
        axes.hist(data[name], weights=weights, histtype="step", color=DATA_COLOUR, lw=1.2, **common)


def _legend(figure: Any, axes: Axes, names: list[str], palette: dict[str, str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot = {"marker": "o", "linestyle": "none"}
    handles = [
        Line2D([], [], color="#999999", markersize=6, alpha=0.5, label="data", **dot),
        Line2D([], [], color="#999999", markersize=3.5, mec="black", label="generated", **dot),
        Patch(fill=False, ec=DATA_COLOUR, label="data, histogram"),
        Patch(color=GENERATED_COLOUR, alpha=0.45, label="generated, histogram"),
    ]
    handles += [
        Line2D([], [], color=palette[name], markersize=6, label=escape(name), **dot)
        for name in names
    ]
    figure.legend(
        handles=handles, loc="outside lower left", ncols=4, columnspacing=1.0, handletextpad=0.4
    )


def _draw_along(axes: Axes, table: pd.DataFrame, names: list[str], palette: dict[str, str]) -> None:
    """Draw histograms of unit area: data of each label as outlines, generated rows as an area."""
    low, high = float(table[ALONG].min()), float(table[ALONG].max())
    look = {"bins": np.linspace(low, high + 1e-9, BINS + 1), "density": True}
    generated = table.loc[table["set"] == "generated", ALONG]
    if len(generated):
        axes.hist(generated, color=GENERATED_COLOUR, alpha=0.45, **look)
    for name in names:
        rows = table[(table["set"] == "data") & (table["label"] == name)]
        if rows["weight"].sum() > 0:
            outline = {"histtype": "step", "color": palette[name], "lw": 1.3}
            axes.hist(rows[ALONG], weights=rows["weight"], **outline, **look)
    axes.set_yticks([])
    axes.set_xlabel("0, 1: mean rows of the labels", fontsize=8)
    axes.set_title("along the label vector", loc="left", fontsize=8)


def _draw_label(
    axes: Axes,
    table: pd.DataFrame,
    name: str,
    colour: str,
    limits: list[tuple[float, float]],
) -> None:
    raster = len(table) > VECTOR_POINTS
    everything = table[table["set"] == "data"]
    axes.scatter(everything["pc_1"], everything["pc_2"], s=3, c="#DDDDDD", lw=0, rasterized=raster)
    counts = {}
    looks = {
        "data": {"s": 12, "color": colour, "alpha": 0.35, "linewidths": 0},
        "generated": {"s": 4, "facecolors": "none", "edgecolors": "black", "linewidths": 0.5},
    }
    crowd = int(((table["set"] == "generated") & (table["label"] == name)).sum())
    looks["generated"]["alpha"] = min(1.0, 120 / max(crowd, 1) + 0.25)
    for kind, look in looks.items():
        rows = table[(table["set"] == kind) & (table["label"] == name)]
        counts[kind] = len(rows)
        axes.scatter(rows["pc_1"], rows["pc_2"], rasterized=raster, **look)
    if not any(counts.values()):
        say_empty(axes, "no rows")
    axes.set_xlim(*limits[0])
    axes.set_ylim(*limits[1])
    said = f"{counts['data']:,} data"
    if table.loc[table["set"] == "generated", "label"].notna().any():  # not of free rows
        said += f", {counts['generated']:,} generated"
    axes.set_title(f"{escape(name)}\n{said}", fontsize=8, color=DATA_COLOUR)
