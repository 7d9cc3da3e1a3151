"""How probable other machines find generated rows, over time or all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.chains import CHANGE_COLOUR
from ebmflow.figures.style import (
    DATA_COLOUR,
    GENERATED_COLOUR,
    colours,
    escape,
    new_figure,
    ordered_labels,
    panel_grid,
    set_title,
    styled,
)

MOST_LINES = 8  # single chains of a label; all of them make the mean
BINS = 30


@styled
def draw_judged(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw what each judge says, a panel a judge: lines over time, or histograms of one time.

    Dashed lines are means of held-out rows of each label.

    Parameters
    ----------
    table : DataFrame
        Of kind ``judged``: judge, set, time, chain, label, log_unnormalised.
    facts : dict
        label_names; changes (sweeps after which held units were changed).
    """
    names = ordered_labels(table["label"], [*facts["label_names"], ""])
    palette = {**colours(facts["label_names"]), "": GENERATED_COLOUR}
    judges = list(dict.fromkeys(table["judge"]))
    several = table.loc[table["set"] == "generated", "time"].nunique() > 1
    rows, across = panel_grid(len(judges))
    figure = new_figure(4.6 * across, 3.2 * rows + 0.4)
    panels = figure.subplots(rows, across, squeeze=False).ravel()
    for axes in panels[len(judges) :]:
        axes.set_axis_off()
    for axes, judge in zip(panels, judges, strict=False):
        sets = dict(list(table[table["judge"] == judge].groupby("set")))
        draw = _draw_courses if several else _draw_histograms
        draw(axes, sets["generated"], sets["data"], names, palette)
        if several:
            for change in facts["changes"]:
                axes.axvline(change, color=CHANGE_COLOUR, lw=1.6)
        axes.set_title(f"judged by {escape(judge)}", loc="left")
    entries = panels[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower left", ncols=min(4, 2 * across))
    blue = "; held units change at the blue line" if several and facts["changes"] else ""
    set_title(figure, title, f"dashed: means of held-out rows{blue}")
    return figure


def _draw_courses(
    axes: Axes,
    generated: pd.DataFrame,
    data: pd.DataFrame,
    names: Sequence[str],
    palette: Mapping[str, str],
) -> None:
    """Log-probability of generated rows against time: single chains pale, their mean strong."""
    for name in names:
        own = generated[generated["label"] == name]
        course = own.pivot_table(index="time", columns="chain", values="log_unnormalised")
        if len(course):
            axes.plot(course.index, course.iloc[:, :MOST_LINES], color=palette[name], alpha=0.3)
            text = f"generated, from {escape(name)}" if name else "generated"
            axes.plot(course.index, course.mean(axis=1), color=palette[name], lw=2, label=text)
        _draw_mean(axes.axhline, data, name, palette)
    axes.set(xlabel="sweeps", ylabel="ln P + ln Z (nats)")


def _draw_histograms(
    axes: Axes,
    generated: pd.DataFrame,
    data: pd.DataFrame,
    names: Sequence[str],
    palette: Mapping[str, str],
) -> None:
    """Generated rows filled, held-out rows as outlines, a colour a label."""
    both = np.concatenate([generated["log_unnormalised"], data["log_unnormalised"]])
    edges = np.histogram_bin_edges(both, bins=BINS)
    for name in names:
        for rows, kind, look in (
            (generated, "generated", {"histtype": "stepfilled", "alpha": 0.35}),
            (data, "held out", {"histtype": "step", "lw": 1.3}),
        ):
            values = rows.loc[rows["label"] == name, "log_unnormalised"]
            if len(values):
                text = f"{kind}, {escape(name)}" if name else kind
                colour = _colour(name, kind, palette)
                axes.hist(values, edges, density=True, color=colour, label=text, **look)
        _draw_mean(axes.axvline, data, name, palette, named=False)
    axes.set(xlabel="ln P + ln Z (nats)", ylabel="density")


def _draw_mean(
    draw: Any, data: pd.DataFrame, name: str, palette: Mapping[str, str], *, named: bool = True
) -> None:
    own = data.loc[data["label"] == name, "log_unnormalised"]
    if len(own):
        text = {"label": f"held out, {escape(name)}" if name else "held out"} if named else {}
        draw(own.mean(), color=_colour(name, "held out", palette), ls="--", lw=1.2, **text)


def _colour(name: str, kind: str, palette: Mapping[str, str]) -> str:
    """Colour of a label; rows without one are violet, or black if they are data."""
    return palette[name] if name or kind == "generated" else DATA_COLOUR
