"""Released units: label vectors and weights, inputs by class, chains whose class changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import (
    colours,
    escape,
    new_figure,
    ordered_labels,
    set_title,
    styled,
)


@styled
def draw_release(
    vectors: pd.DataFrame,
    inputs: pd.DataFrame,
    morph: pd.DataFrame,
    facts: dict[str, Any],
    *,
    title: str = "",
) -> Figure:
    """Draw weights against label vectors, inputs by class, class and log P along chains.

    Parameters
    ----------
    vectors, inputs, morph : DataFrame
        Of kinds ``label_vectors``, ``hidden_inputs``, ``morph``.
    facts : dict
        label_names, released, cosines, change; known_labels, where the machine knew few of them.
    """
    rows, few = 2 if len(morph) else 1, bool(facts.get("known_labels"))
    figure = new_figure(13.0 if few else 9.6, 3.0 * rows)
    spec = figure.add_gridspec(rows, 3 if few else 2)
    grid = np.array([[figure.add_subplot(spec[row, at]) for at in (0, 1)] for row in range(rows)])
    if few:
        _draw_known(figure.add_subplot(spec[:, 2]), vectors, facts)
    names = ordered_labels(inputs["label"], facts["label_names"])
    palette = colours(facts["label_names"])
    _draw_vectors(grid[0, 0], vectors, facts)
    if inputs["unit"].nunique() > 1:
        _draw_inputs_by_unit(grid[0, 1], inputs, names, palette, facts["released"])
    else:
        _draw_inputs(grid[0, 1], inputs, names, palette)
    if len(morph):
        _draw_course(grid[1, 0], morph, "probability", names, palette, facts["change"])
        grid[1, 0].set(ylabel="probability of the next class", ylim=(-0.02, 1.02))
        _draw_course(grid[1, 1], morph, "log_unnormalised", names, palette, facts["change"])
        grid[1, 1].set_ylabel("ln P + ln Z (nats)")
        grid[1, 0].legend(title="started as", fontsize=7)
    set_title(figure, title, "" if len(morph) else "no unit is released, so that no chain was run")
    return figure


def _draw_vectors(axes: Axes, vectors: pd.DataFrame, facts: dict[str, Any]) -> None:
    """Weights of each released unit (or the first unit) against its own label vector."""
    series = {name: part["value"].to_numpy() for name, part in vectors.groupby("series")}
    shades = colours(facts["label_names"])
    for index, name in enumerate(facts["label_names"][1 : max(facts["released"], 1) + 1]):
        weights = series.get(f"weights: unit {index + 1}")
        if weights is None:
            continue
        cosine = facts["cosines"][index][index]
        axes.scatter(
            series[f"q: {name}"],
            weights,
            s=9,
            color=shades[name],
            alpha=0.7,
            linewidths=0,
            label=f"unit {index + 1}, q of {escape(name)}: cosine {cosine:.3f}",
        )
    axes.axhline(0, color="#888888", lw=0.6)
    axes.set(xlabel="label vector q, an entry a dot", ylabel="weight")
    axes.set_title("weights against label vectors", loc="left")
    axes.legend(fontsize=7)


def _draw_known(axes: Axes, vectors: pd.DataFrame, facts: dict[str, Any]) -> None:
    """Vectors from the labels that the machine knew against those from all labels."""
    series = {name: part["value"].to_numpy() for name, part in vectors.groupby("series")}
    shades = colours(facts["label_names"])
    for name in facts["label_names"][1:]:
        every, known = series[f"q: {name}"], series[f"known q: {name}"]
        overlap = every @ known / (np.linalg.norm(every) * np.linalg.norm(known))
        text = f"q of {escape(name)}: overlap {overlap:.3f}"
        axes.scatter(every, known, s=9, color=shades[name], alpha=0.7, linewidths=0, label=text)
    axes.axline((0, 0), slope=1, color="#888888", lw=0.6)
    axes.set(xlabel="q from all labels", ylabel=f"q from {facts['known_labels']:,} labels")
    axes.set_title("label vectors that the machine knew", loc="left")
    axes.legend(fontsize=7)


def _draw_inputs(
    axes: Axes, inputs: pd.DataFrame, names: list[str], palette: dict[str, str]
) -> None:
    edges = np.histogram_bin_edges(inputs["value"], bins=40)
    for name in names:
        values = inputs.loc[inputs["label"] == name, "value"]
        axes.hist(
            values,
            edges,
            density=True,
            color=palette[name],
            alpha=0.35,
            histtype="stepfilled",
            edgecolor=palette[name],
            label=escape(name),
        )
    axes.set(xlabel="input to unit 1", ylabel="density")
    axes.set_title("inputs of held-out rows, by class", loc="left")
    axes.legend(fontsize=7)


def _draw_inputs_by_unit(
    axes: Axes, inputs: pd.DataFrame, names: list[str], palette: dict[str, str], released: int
) -> None:
    """Boxes of quartiles, whiskers from the 5th to the 95th percentile, side by side by class."""
    units = sorted(inputs["unit"].unique())
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        rows = inputs[inputs["label"] == name]
        drawn = axes.boxplot(
            [rows.loc[rows["unit"] == unit, "value"] for unit in units],
            positions=[at + (place - (len(names) - 1) / 2) * width for at in range(len(units))],
            widths=0.85 * width, whis=(5, 95), showfliers=False, patch_artist=True,
            boxprops={"facecolor": palette[name], "linewidth": 0.6},
            medianprops={"color": "#222222"}, label=escape(name),
        )  # fmt: skip
        for part in (*drawn["whiskers"], *drawn["caps"]):
            part.set(color=palette[name], linewidth=0.9)
    ticks = [f"unit {unit}" + ("" if unit <= released else "\nnot released") for unit in units]
    axes.set_xticks(range(len(units)), ticks)
    axes.set_ylabel("input")
    axes.set_title("inputs of held-out rows, by class", loc="left")
    axes.legend(fontsize=7)


def _draw_course(
    axes: Axes,
    morph: pd.DataFrame,
    column: str,
    names: list[str],
    palette: dict[str, str],
    change: int,
) -> None:
    for name in names:
        part = morph[morph["label"] == name].groupby("time")[column]
        mean = part.mean()
        axes.plot(mean.index, mean, color=palette[name], label=escape(name))
        band = part.quantile([0.1, 0.9]).unstack()
        axes.fill_between(band.index, band[0.1], band[0.9], color=palette[name], alpha=0.15, lw=0)
    axes.axvline(change, color="#222222", lw=0.9, ls="--")
    axes.set_xlabel("sweeps; dashed: the unit is set to the next class")
