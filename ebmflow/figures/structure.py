"""Foldability: histograms of P_nat or pLDDT of generated and natural sequences and controls."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import (
    SET_COLOURS,
    escape,
    new_figure,
    new_panels,
    say_empty,
    set_title,
    styled,
)

# Twenty bins put the thresholds on edges; fewer sequences than that get half as many.
BINS = 20
# score -> (axis label, limits, thresholds that divide bands of confidence)
SCORES = {
    "p_nat": ("P$_{nat}$ (probability of the target fold)", (0.0, 1.0), ()),
    "plddt": ("mean pLDDT (0 to 100)", (0.0, 100.0), (50.0, 70.0, 90.0)),
    "tm_score": ("TM-score, highest over references", (0.0, 1.0), (0.5, 0.7)),
    "pseudo_log_likelihood": ("pseudo-log-likelihood (nats per residue)", None, ()),
    "one_pass_log_likelihood": ("one-pass score (nats per residue)", None, ()),
    "embedding_distance": ("distance to nearest natural embedding", None, ()),
}
# set -> (name in the legend, look of its histogram)
SETS = {
    "natural": ("natural", {"histtype": "step", "lw": 1.5}),
    "generated": ("generated", {"alpha": 0.45}),
    "random": ("random: natural, shuffled", {"histtype": "step", "lw": 1.5}),
    "profile": ("profile: sites independent", {"histtype": "step", "lw": 1.3, "ls": "--"}),
}


@styled
def draw_structure_scores(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw histograms per label (rows of panels) and score (columns), one curve per set.

    Only rows whose status is ``ok`` are drawn; the others are counted by status in the title.

    Parameters
    ----------
    table : DataFrame
        Columns set, label, score, value, status.
    """
    good = table[(table["status"] == "ok") & table["value"].notna()]
    labels = [label for label in dict.fromkeys(table["label"]) if isinstance(label, str)] or ["all"]
    scores = [name for name in dict.fromkeys(good["score"]) if isinstance(name, str)]
    note = left_out(table)
    if not scores:
        figure = new_figure(6.0, 2.0)
        say_empty(figure.subplots(), "no sequence has a usable score")
        set_title(figure, title, note)
        return figure
    pairs = [(label, score) for score in scores for label in labels]
    figure, panels = new_panels(len(pairs), 4.0, 2.3, margin=1.0)
    for axes, (label, score) in zip(panels, pairs, strict=True):
        chosen = good[good["score"] == score]
        if labels != ["all"]:
            chosen = chosen[(chosen["label"] == label) | (chosen["label"].isna())]
        _draw_panel(axes, chosen, label, score)
    _legend(figure, good[good["score"] == scores[0]])
    set_title(figure, title, note)
    return figure


def left_out(table: pd.DataFrame) -> str:
    """Return a sentence on rows that are not drawn, by status; empty if there are none."""
    bad = table["status"].where(table["status"] != "ok")
    bad = bad.mask((table["status"] == "ok") & table["value"].isna(), "ok without a value").dropna()
    if bad.empty:
        return ""
    counts = ", ".join(f"{count:,} {status}" for status, count in bad.value_counts().items())
    return f"left out: {len(bad):,} of {len(table):,} sequences ({counts})"


def _draw_panel(axes: Axes, table: pd.DataFrame, label: str, score: str) -> None:
    unit, limits, bands = SCORES.get(score, (escape(score), None, ()))
    if limits is None:
        limits = (float(table["value"].min()), float(table["value"].max()) + 1e-9)
    groups = {name: table.loc[table["set"] == name, "value"].to_numpy() for name in SETS}
    groups = {name: values for name, values in groups.items() if len(values)}
    most = max(map(len, groups.values()), default=0)
    bins = np.linspace(*limits, (BINS if most >= BINS else BINS // 2) + 1)
    for name, values in groups.items():
        weights = np.full(len(values), 1 / len(values))
        look = SETS[name][1]
        axes.hist(values, bins=bins, weights=weights, color=SET_COLOURS[name], **look)
        axes.axvline(values.mean(), color=SET_COLOURS[name], lw=0.9, ls=":")
    _draw_bands(axes, (limits[0], *bands, limits[1]) if bands else ())
    axes.set_xlim(*limits)
    axes.set_title(f"{escape(label)}\n{means_text(groups, limits)}", loc="left", fontsize=8)
    axes.set_xlabel(unit)
    axes.set_ylabel("share of sequences")


def means_text(groups: dict[str, np.ndarray], limits: tuple[float, float]) -> str:
    """Return the means of some sets on two lines, with the decimals that the axis calls for."""
    decimals = 1 if limits[1] - limits[0] > 20 else 2
    means = [f"{name} {values.mean():.{decimals}f}" for name, values in groups.items()]
    lines = [", ".join(means[:2]), ", ".join(means[2:])]
    text = ",\n".join(line for line in lines if line).replace("-", "\N{MINUS SIGN}")
    return f"mean: {text}" if means else "no rows"


def _draw_bands(axes: Axes, edges: tuple[float, ...]) -> None:
    """Shade bands of confidence, darker where it is lower; name their edges on the axis."""
    for index, (low, high) in enumerate(itertools.pairwise(edges)):
        if shade := 0.025 * (len(edges) - 2 - index):
            axes.axvspan(low, high, color="#000000", alpha=shade, lw=0, zorder=0)
    if edges:
        axes.set_xticks(edges)


def _legend(figure: Figure, table: pd.DataFrame) -> None:
    """Name the sets, with the number of sequences that the rows of one score are of."""
    from matplotlib.patches import Patch

    counts = table["set"].value_counts()
    handles = []
    for name, (text, look) in SETS.items():
        if counts.get(name):
            shown = {key: value for key, value in look.items() if key != "histtype"}
            outline = {"fill": False} if "histtype" in look else {}
            text = f"{text} ({counts[name]:,})"
            handles.append(Patch(color=SET_COLOURS[name], label=text, **shown, **outline))
    figure.legend(handles=handles, loc="outside lower left", ncols=2)
