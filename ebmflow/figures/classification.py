"""Label prediction: accuracy against training age, and confusion matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ebmflow.figures.style import (
    colours,
    count_axis,
    escape,
    new_figure,
    say_empty,
    set_title,
    styled,
)

METHODS = {"exact": "p(label | data), exact", "chain": "by chain"}
LINES = {"exact": "-", "chain": "--"}


def settled(table: pd.DataFrame) -> pd.DataFrame:
    """Return predictions of labelled rows, without those of chains recorded on their way."""
    return table[(table["label"] >= 0) & (table["time"] < 0)]


def accuracy_frame(table: pd.DataFrame, **place: Any) -> pd.DataFrame:
    """Return the fraction of labelled rows predicted correctly, per age and method.

    Columns: age, method, accuracy, rows, and those of `place` (model, seed ...).
    """
    known = settled(table)
    right = (known["predicted"] == known["label"]).groupby([known["age"], known["method"]])
    frame = right.agg(["mean", "size"]).reset_index()
    frame.columns = ["age", "method", "accuracy", "rows"]
    return frame.assign(**place)


@styled
def draw_accuracy(parts: list[pd.DataFrame], *, title: str = "") -> Figure:
    """Draw accuracy against training age, a colour per model, a line style per method.

    Lines are means over seeds, bands reach from the smallest to the largest.

    Parameters
    ----------
    parts : list of DataFrame
        Tables of `accuracy_frame` with columns model and seed.
    """
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    figure = new_figure(6.2, 3.6)
    axes = figure.subplots()
    if table.empty:
        say_empty(axes, "no labelled row was predicted")
        return figure
    palette = colours(sorted(table["model"].unique()))
    lowest = 1.0
    for (model, method), rows in table.groupby(["model", "method"]):
        over = rows.groupby("age")["accuracy"].agg(["mean", "min", "max"])
        label = f"{escape(model)}, {METHODS.get(method, escape(method))}"
        look = {"color": palette[model], "ls": LINES.get(method, ":")}
        axes.plot(over.index, over["mean"], label=label, marker=".", **look)
        if rows["seed"].nunique() > 1:
            axes.fill_between(
                over.index, over["min"], over["max"], color=palette[model], alpha=0.15, lw=0
            )
        lowest = min(lowest, float(over["min"].min()))
    count_axis(axes, table["age"].unique())
    axes.set_ylim(max(0.0, lowest - 0.05), 1.005)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("training age (updates)")
    axes.set_ylabel("held-out rows labelled correctly")
    figure.legend(loc="outside lower left", ncols=2)
    set_title(figure, title)
    return figure


@styled
def draw_confusion(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw the confusion matrix at the last age, one panel per prediction method.

    Cells: share of the rows of a true label, in percent; row labels state their number.

    Parameters
    ----------
    table : DataFrame
        Columns age, time, method, label (true, -1 unknown), predicted.
    facts : dict
        label_names.
    """
    known = settled(table)
    names = list(facts.get("label_names") or [])
    methods = [name for name in METHODS if (known["method"] == name).any()]
    side = max(2.6, 0.42 * len(names))
    figure = new_figure((side + 1.7) * max(len(methods), 1), side + 1.5)
    panels = figure.subplots(1, max(len(methods), 1), squeeze=False)[0]
    if not methods:
        say_empty(panels[0], "no labelled row was predicted")
        return figure
    age = int(known["age"].max())
    for axes, method in zip(panels, methods, strict=True):
        rows = known[(known["age"] == age) & (known["method"] == method)]
        counts = confusion_matrix(rows, len(names))
        total = counts.sum(axis=1)
        share = np.divide(counts, total[:, None], where=total[:, None] > 0, out=0.0 * counts)
        draw_matrix(axes, share, total, names)
        accuracy = (rows["label"] == rows["predicted"]).mean()
        axes.set_title(f"{METHODS[method]}\naccuracy {100 * accuracy:.1f} %", loc="left")
    set_title(figure, title, f"model after {age:,} updates")
    return figure


def confusion_matrix(rows: pd.DataFrame, classes: int) -> np.ndarray:
    """Return counts, int64, shape (C, C): true label by predicted label."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (rows["label"].to_numpy(), rows["predicted"].to_numpy()), 1)
    return counts


def draw_matrix(
    axes: Axes,
    share: np.ndarray,
    total: np.ndarray,
    names: list[str],
    spread: np.ndarray | None = None,
) -> None:
    """Draw a confusion matrix, in percent of the rows of each true label.

    Parameters
    ----------
    share : ndarray (C, C)
        By true label (row) and predicted label.
    total : ndarray (C,)
        Rows of each true label.
    spread : ndarray (C, C), optional
        Written below each share.
    """
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.grid(False)
    ticks = range(len(names))
    axes.set_xticks(ticks, [escape(name) for name in names], rotation=45, ha="right")
    axes.set_yticks(
        ticks, [f"{escape(name)}  (n={n:,})" for name, n in zip(names, total, strict=True)]
    )
    size = (8 if len(names) <= 10 else 6) - (spread is not None)
    for (row, column), value in np.ndenumerate(share):
        if value > 0:
            text = f"{100 * value:.0f}" if value >= 0.005 else "<1"
            if spread is not None and spread[row, column] >= 0.005:
                text += f"\n±{100 * spread[row, column]:.0f}"
            axes.text(
                column, row, text, ha="center", va="center", fontsize=size,
                color="white" if value > 0.55 else "#222222",
            )  # fmt: skip
    axes.set_xlabel("predicted label (% of row)")
    axes.set_ylabel("true label")
