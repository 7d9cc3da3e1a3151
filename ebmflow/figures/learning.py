"""How fast machines learn: scores of the machine itself against passes over the data."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.quality import ALL, MEAN
from ebmflow.figures.style import (
    colours,
    count_axis,
    escape,
    new_panels,
    score_axis,
    set_title,
    shared_legend,
    styled,
)


class Panel(NamedTuple):
    """What a panel shows.

    Attributes
    ----------
    statistic : str
    reference : str
        ``train`` or ``test``; empty: whichever there is.
    title, unit : str
    sign : int
        -1 where the negative of the score is drawn.
    log : bool
    """

    statistic: str
    reference: str
    title: str
    unit: str
    sign: int = 1
    log: bool = False


DISTANCE, RATIO = "Hamming distance / sites", "energy / ground state"
NOTHING = "no score of the machine itself has a value"
NATS = "neg. log-likelihood (nats)"
PANELS = (
    Panel("reconstruction_distance", "train", "completed training rows", DISTANCE),
    Panel("reconstruction_distance", "test", "completed held-out rows", DISTANCE),
    Panel("gibbs_accessibility", "", "Gibbs accessibility", RATIO),
    Panel("method_accessibility", "", "method accessibility", RATIO),
    Panel("log_likelihood", "train", "training rows", NATS, -1, True),
    Panel("log_likelihood", "test", "held-out rows", NATS, -1, True),
)
# The first one present: annealing forward is the published lower bound of the negative likelihood.
CONVENTIONS = ("exact", "paper", "forward", "", "code")


@styled
def draw_learning(
    table: pd.DataFrame, updates_per_epoch: dict[str, int], *, title: str = ""
) -> Figure:
    """Draw one panel per score, one line per model: mean over seeds, and every seed as a thin line.

    Bands are 95 % Student intervals of the mean, where there are three seeds or more.

    Parameters
    ----------
    table : DataFrame
        Scores of one dataset, of metrics that look at the machine.
    updates_per_epoch : dict
        Model -> updates in a pass over the training rows.
    """
    table = table.assign(epoch=table["age"] / table["model"].map(updates_per_epoch))
    shown = [(panel, rows) for panel in PANELS if len(rows := rows_of(table, panel))]
    look = {"margin": 0.7, "most_columns": 2, "nothing": NOTHING}
    figure, panels = new_panels(len(shown), 4.4, 2.9, **look)
    palette = colours(sorted(table["model"].unique()))
    for axes, (panel, chosen) in zip(panels, shown, strict=True):
        _draw_panel(axes, panel, chosen, palette)
    shared_legend(figure, panels, columns=3)
    set_title(figure, title)
    return figure


def rows_of(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Rows of a panel: one reference, one convention and one group for each model.

    Conventions and references are tried in order, and the first with a value counts for the model;
    of samplings, the one at most ages.
    """
    rows = table[(table["statistic"] == panel.statistic) & table["value"].notna()]
    rows = rows[rows["age"] >= 0]
    if panel.reference:
        rows = rows[rows["reference"] == panel.reference]
    for column, order in (
        ("group", (MEAN, ALL)),
        ("convention", CONVENTIONS),
        ("reference", ("test", "train")),
        ("sampling", _longest_first(rows)),
    ):
        rank = rows[column].map({name: place for place, name in enumerate(order)})
        rows = rows[rank == rank.groupby(rows["model"]).transform("min")]
    return rows.assign(value=panel.sign * rows["value"])


def _longest_first(rows: pd.DataFrame) -> list[str]:
    """Samplings, those that were done at most ages first."""
    ages = rows.groupby("sampling")["age"].nunique()
    return sorted(ages.index, key=lambda name: (-ages[name], name))


def _draw_panel(axes: Axes, panel: Panel, rows: pd.DataFrame, palette: dict[str, str]) -> None:
    for model, part in rows.groupby("model", sort=True):
        over = interval(part)
        look = {"color": palette[str(model)]}
        axes.plot(over.index, over["mean"], lw=1.8, label=escape(str(model)), **look)
        if over["low"].notna().any():
            axes.fill_between(over.index, over["low"], over["high"], alpha=0.18, lw=0, **look)
        if part["seed"].nunique() > 1:
            for _, one in part.sort_values("epoch").groupby("seed"):
                axes.plot(one["epoch"], one["value"], lw=0.5, alpha=0.55, **look)
    count_axis(axes, rows["epoch"].unique())
    if panel.log:
        score_axis(axes, rows["value"])
    else:
        axes.set_ylim(min(0.0, float(rows["value"].min())), None)
    axes.set_xlabel("epochs (passes over the training rows)")
    axes.set_ylabel(panel.unit)
    axes.set_title(panel.title, loc="left")


def interval(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds by epoch, and its 95 % Student interval where there are three seeds.

    Returns
    -------
    DataFrame
        Index epoch; columns mean, low, high (NaN with fewer than three seeds).
    """
    from scipy.stats import t as student

    over = rows.groupby("epoch")["value"].agg(["mean", "std", "count"])
    enough = over["count"] >= 3
    half = student.ppf(0.975, over["count"].clip(lower=2) - 1) * over["std"] / over["count"] ** 0.5
    half = half.where(enough, np.nan)
    return pd.DataFrame(
        {"mean": over["mean"], "low": over["mean"] - half, "high": over["mean"] + half}
    )
