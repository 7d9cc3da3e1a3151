"""Label prediction of all models of a dataset: over prediction time, calibration, over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ebmflow.figures.classification import METHODS, draw_matrix
from ebmflow.figures.rows import last_ages
from ebmflow.figures.style import (
    colours,
    count_axis,
    escape,
    markers,
    new_figure,
    say_empty,
    set_title,
    styled,
)

EXACT, COURSE = "exact", "chain_over_time"


@styled
def draw_prediction_time(scores: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw the accuracy of label chains against their sweeps, one line a model, at its last age.

    Lines are means over seeds, bands reach from the smallest to the largest; dotted lines are the
    accuracy of the exact posterior.

    Parameters
    ----------
    scores : DataFrame
        Score rows of the metric ``classification`` of one dataset.
    """
    rows = last_ages(scores[(scores["statistic"] == "accuracy") & scores["value"].notna()])
    course = rows[rows["sampling"] == COURSE]
    figure = new_figure(6.2, 3.6)
    axes = figure.subplots()
    if course.empty:
        say_empty(axes, "no chain was recorded on its way")
        return figure
    palette = colours(sorted(scores["model"].unique()))
    for model, part in course.groupby("model", sort=True):
        over = part.groupby("time")["value"].agg(["mean", "min", "max"])
        look = {"color": palette[model]}
        axes.plot(over.index, over["mean"], marker=".", label=escape(model), **look)
        axes.fill_between(over.index, over["min"], over["max"], alpha=0.15, lw=0, **look)
        exact = rows[(rows["model"] == model) & (rows["sampling"] == EXACT)]["value"]
        if len(exact):
            axes.axhline(exact.mean(), ls=":", lw=1.1, label=f"{escape(model)}, exact", **look)
    count_axis(axes, course["time"].unique())
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("prediction time (sweeps from a random label)")
    axes.set_ylabel("held-out rows labelled correctly")
    figure.legend(loc="outside lower left", ncols=2)
    set_title(figure, title)
    return figure


@styled
def draw_calibration(calibration: pd.DataFrame, scores: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw accuracy against confidence, how often each confidence occurs, and AUC by label.

    Of the exact posterior at the last age of each model; seeds are pooled row by row.

    Parameters
    ----------
    calibration : DataFrame
        Tables of kind ``calibration`` of one dataset.
    scores : DataFrame
        Score rows of the metric ``classification``.
    """
    bins = last_ages(calibration[calibration["method"] == EXACT])
    figure = new_figure(9.6, 3.9)
    if bins.empty:
        say_empty(figure.subplots(), "no model gives probabilities of labels")
        return figure
    palette = colours(sorted(scores["model"].unique()))
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 1))
    upper, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[:, 1])
    lower = figure.add_subplot(grid[1, 0], sharex=upper)
    upper.plot([0, 1], [0, 1], color="#888888", lw=0.9, ls="--")
    for model, part in bins.groupby("model", sort=True):
        pooled = pool_bins(part)
        name = f"{escape(model)}, error {calibration_error(pooled):.3f}"
        look = {"color": palette[model], "lw": 1.2}
        upper.errorbar(
            pooled["confidence"], pooled["accuracy"],
            yerr=(pooled["accuracy"] - pooled["low"], pooled["high"] - pooled["accuracy"]),
            marker="o", ms=3.5, capsize=2, label=name, **look,
        )  # fmt: skip
        share = pooled["rows"] / pooled["rows"].sum()
        lower.plot(pooled["confidence"], share, marker="o", ms=3, **look)
    upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="accuracy")
    upper.set_title("is it right as often as it says?", loc="left")
    upper.legend(fontsize=7, loc="upper left")
    upper.tick_params(labelbottom=False)
    lower.set(xlabel="probability of the predicted label", ylabel="share of rows", ylim=(0, None))
    _draw_areas(right, scores, palette)
    set_title(figure, title, "held-out rows, exact posterior, 95 % intervals")
    return figure


def pool_bins(part: pd.DataFrame) -> pd.DataFrame:
    """Pool the bins of several seeds: rows add up, confidence and accuracy are means over rows.

    Returns
    -------
    DataFrame
        rows, confidence, accuracy; low and high: Wilson's 95 % interval of the accuracy, which
        stays honest for few rows.
    """
    weighted = part.assign(
        confidence=part["confidence"] * part["rows"], accuracy=part["accuracy"] * part["rows"]
    )
    pooled = weighted.groupby("low", as_index=False)[["rows", "confidence", "accuracy"]].sum()
    for name in ("confidence", "accuracy"):
        pooled[name] /= pooled["rows"]
    n, share, z2 = pooled["rows"], pooled["accuracy"], 1.96**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # Rounding may leave a share of 0 or 1 just outside its interval.
    return pooled.assign(
        low=np.minimum(centre - half, share), high=np.maximum(centre + half, share)
    )


def calibration_error(pooled: pd.DataFrame) -> float:
    """Return the mean over rows of |confidence - accuracy| of their bin."""
    gaps = (pooled["confidence"] - pooled["accuracy"]).abs()
    return float((gaps * pooled["rows"]).sum() / pooled["rows"].sum())


def _draw_areas(axes: Axes, scores: pd.DataFrame, palette: dict[str, str]) -> None:
    """Area under the curve of each label against the rest; a dot a seed."""
    rows = scores[(scores["statistic"] == "auc") & (scores["sampling"] == EXACT)]
    rows = last_ages(rows[rows["value"].notna()])
    if rows.empty:
        say_empty(axes, "no label has rows with and without it")
        return
    labels = list(dict.fromkeys(rows["group"]))
    shapes = markers(palette)
    for index, (model, part) in enumerate(rows.groupby("model", sort=True)):
        shift = 0.16 * (index - (len(palette) - 1) / 2)
        places = [labels.index(label) + shift for label in part["group"]]
        axes.plot(part["value"], places, shapes[model], ms=5, color=palette[model], mfc="none")
    axes.set_yticks(range(len(labels)), [escape(label) for label in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(min(0.5, rows["value"].min()) - 0.02, 1.02)
    axes.axvline(0.5, color="#888888", lw=0.9, ls="--")
    axes.set_xlabel("area under the curve, label against the rest")
    axes.set_title("are rows of a label ranked first?", loc="left")


@styled
def draw_confusion_over_seeds(confusion: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw confusion matrices averaged over seeds, models side by side, a row a method.

    Cells: mean share of the rows of a true label, in percent, with the standard deviation over
    seeds below it. At the last age of each run.

    Parameters
    ----------
    confusion : DataFrame
        Tables of kind ``confusion`` of one dataset.
    """
    rows = last_ages(confusion)
    names = list(dict.fromkeys(confusion["label"]))
    models = sorted(rows["model"].unique())
    methods = [name for name in METHODS if (rows["method"] == name).any()]
    side = max(2.6, 0.46 * len(names))
    figure = new_figure((side + 1.7) * len(models), (side + 1.3) * len(methods) + 0.4)
    grid = figure.subplots(len(methods), len(models), squeeze=False)
    for panels, method in zip(grid, methods, strict=True):
        for axes, model in zip(panels, models, strict=True):
            part = rows[(rows["model"] == model) & (rows["method"] == method)]
            if part.empty:
                say_empty(axes, f"{escape(model)} has no {METHODS[method]}")
                continue
            mean, spread, total, accuracy = seed_means(part, names)
            draw_matrix(axes, mean, total, names, spread)
            seeds = part["seed"].nunique()
            axes.set_title(
                f"{escape(model)}, {METHODS[method]}\n"
                f"accuracy {100 * accuracy:.1f} %, {seeds} seed{'s' if seeds > 1 else ''}",
                loc="left",
            )
    set_title(figure, title)
    return figure


def seed_means(
    part: pd.DataFrame, names: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Average the confusion matrices of seeds, each seed counting alike.

    Returns
    -------
    mean, spread : ndarray (C, C)
        Share of the rows of a true label, and its standard deviation (n - 1) over seeds; zero
        where a label has no rows.
    total : ndarray of int (C,)
        Rows of a label, of the first seed.
    accuracy : float
        Mean over seeds.
    """
    matrices = np.stack(
        [
            one.pivot(index="label", columns="predicted", values="rows")
            .reindex(index=names, columns=names)
            .to_numpy(dtype=float)
            for _, one in part.groupby("seed", sort=True)
        ]
    )
    total = matrices.sum(axis=2, keepdims=True)
    shares = np.divide(matrices, total, where=total > 0, out=np.zeros_like(matrices))
    accuracy = np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))
    spread = shares.std(axis=0, ddof=1) if len(shares) > 1 else np.zeros(shares.shape[1:])
    return shares.mean(axis=0), spread, total[0, :, 0].astype(int), float(accuracy.mean())
