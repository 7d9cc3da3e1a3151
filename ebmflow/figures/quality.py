"""Quality scores against generation time or training age: per label, per age, per model."""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.rows import last_ages
from ebmflow.figures.style import (
    DATA_COLOUR,
    colours,
    count_axis,
    escape,
    hide_after,
    markers,
    new_figure,
    panel_grid,
    say_empty,
    score_axis,
    set_title,
    shared_legend,
    styled,
)

MEAN, ALL = "mean", "all"
# Controls are rows of no model: reference -> name in the legend, dashes.
CONTROLS = {
    "floor": ("held-out rows (floor)", "--"),
    "independent": ("independent sites", (0, (1, 2))),
}
MOST_AGES = 5
NO_SCORE = "no quality score has a value"
NO_PLAN = "no sampling plan has scores at several training ages and several times"
# Lines of one model from several sampling plans have its colour.
PLAN_DASHES = ("-", (0, (5, 1)), "-.", (0, (3, 1, 1, 1, 1, 1)))


class Panel(NamedTuple):
    """How a statistic is drawn: axis label, log scale or not, value of a perfect generator."""

    title: str
    log: bool
    ideal: float


PANELS = {
    "spectrum_error": Panel("spectrum error", True, 0.0),
    "entropy_error": Panel("entropy error ΔS", True, 0.0),
    "aai_error": Panel("AAI error", True, 0.0),
    "p_gg": Panel("$P_{GG}$ (fraction)", False, 0.5),
    "p_dd": Panel("$P_{DD}$ (fraction)", False, 0.5),
    "first_moment_mse": Panel("first moments, MSE", True, 0.0),
    "second_moment_mse": Panel("second moments, MSE", True, 0.0),
    "second_moment_e2": Panel("second moments, $E_2$", True, 0.0),
    "reconstruction_error": Panel("reconstruction error", True, 0.0),
    "recovery_distance": Panel("distance to the start, per site", False, 0.0),
    "pair_pearson": Panel("pair correlations, Pearson r", False, 1.0),
}
CONVENTIONS = ("paper", "code", "", "chaotic", "weighted")
REFERENCES = ("test", "train")


@styled
def draw_quality_by_label(
    table: pd.DataFrame, *, title: str = "", reference: str = REFERENCES[0]
) -> Figure:
    """Draw one panel per statistic: a thin line per label, the mean over labels in black.

    Against generation time at the last age, and below it the mean over labels at several ages,
    where the table holds several times; else against age. Bands: smallest to largest over seeds.
    Dashed: the floor, held-out rows scored against training rows. Dotted: independent sites.

    Parameters
    ----------
    table : DataFrame
        Scores of one dataset, model and sampling.
    reference : str
        What rows are compared with, ``test`` or ``train``; the other where it has no score.
    """
    table, reference = _prepare(table, reference)
    x = _abscissa(table)
    statistics = _statistics(table)
    by_age = x == "time" and table.loc[table["age"] >= 0, "age"].nunique() > 1
    rows, columns = panel_grid(len(statistics))
    figure = new_figure(3.5 * columns, 2.6 * rows * (1 + by_age) + 0.8)
    grid = figure.subplots(rows * (1 + by_age), columns, squeeze=False)
    last = _at_last_age(table) if x == "time" else table
    groups = _groups(last)
    palette = colours(name for name in groups if name not in (MEAN, ALL))
    for axes, statistic in _fill(grid[:rows], statistics):
        if x == "":
            _draw_points(axes, last, statistic, groups, palette)
        else:
            _draw_groups(axes, last, statistic, x, groups, palette)
    if by_age:
        for axes, statistic in _fill(grid[rows:], statistics):
            _draw_ages(axes, table, statistic)
        shared_legend(figure, [grid[rows, 0]], columns=5, place="right", title="updates")
    if x:
        shared_legend(figure, [grid[0, 0]])
    set_title(figure, title, f"compared with {reference} rows")
    return figure


@styled
def draw_quality_by_model(
    table: pd.DataFrame, *, title: str = "", independent: bool = True
) -> Figure:
    """Draw one panel per statistic: the mean over labels, one line per model.

    A block against generation time, from the sampling plans with several times, at the last age of
    each model; a block against training age, from the plans with several ages and one time. Where
    there is neither, one dot per model and plan. Bands: smallest to largest over seeds. Lines of
    controls as in `draw_quality_by_label`.

    Parameters
    ----------
    table : DataFrame
        Scores of one dataset, several models.
    independent : bool
        Draw independent sites; not where they were scored against other rows than the models are.
    """
    table, reference = _prepare(table, independent=independent)
    table = table[table["group"] == _whole(table)]
    blocks = _blocks(table)
    statistics = _statistics(table)
    rows, columns = panel_grid(len(statistics))
    figure = new_figure(3.5 * columns, 2.6 * rows * len(blocks) + 0.8)
    grid = figure.subplots(rows * len(blocks), columns, squeeze=False)
    palette = colours(sorted(table["model"].unique()))
    for index, (x, part) in enumerate(blocks):
        for axes, statistic in _fill(grid[index * rows : (index + 1) * rows], statistics):
            _draw_models(axes, part, statistic, x, palette)
    if blocks[0][0]:
        shared_legend(figure, [grid[0, 0]])
    set_title(figure, title, _compared(table, reference))
    return figure


@styled
def draw_quality_by_age(
    table: pd.DataFrame, *, title: str = "", independent: bool = True
) -> Figure:
    """Draw the mean over labels against generation time, a line an age, models side by side.

    Of the sampling plans with several times and several ages; a row a statistic, with one scale.
    Bands and controls as in `draw_quality_by_model`.

    Parameters
    ----------
    table : DataFrame
        Scores of one dataset, several models.
    independent : bool
        As in `draw_quality_by_model`.
    """
    table, reference = _prepare(table, independent=independent)
    table = table[table["group"] == _whole(table)]
    counts = table[~_control(table)].groupby(["model", "sampling"])[["time", "age"]].nunique()
    plans, statistics = counts.index[(counts > 1).all(axis=1)], _statistics(table)
    if not len(plans) or not statistics:
        figure = new_figure(6.0, 2.0)
        say_empty(figure.subplots(), NO_PLAN if statistics else NO_SCORE)
        return figure
    rows, columns = len(statistics), len(plans)
    figure = new_figure(4.0 * columns + 0.4, 2.3 * rows + 0.9)
    grid = figure.subplots(rows, columns, squeeze=False, sharey="row")
    several = len({model for model, _ in plans}) < len(plans)
    for panels, (model, sampling) in zip(grid.T, plans, strict=True):
        own = (table["model"] == model) & (table["sampling"] == sampling)
        for axes, statistic in zip(panels, statistics, strict=True):
            _draw_ages(axes, table[own | _control(table)], statistic)
        name = f"{model}, {sampling}" if several else model
        panels[0].set_title(f"{escape(name)}\n{panels[0].get_title(loc='left')}", loc="left")
        panels[0].legend(title="updates", fontsize=6, title_fontsize=6)
    set_title(figure, title, _compared(table, reference))
    return figure


def _blocks(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return (abscissa, rows) of the blocks of panels of a comparison."""
    here = table[~_control(table)]
    counts = here.groupby(["model", "sampling"])[["time", "age"]].nunique()
    over_time = counts.index[counts["time"] > 1]
    over_age = counts.index[(counts["age"] > 1) & (counts["time"] == 1)]
    plans = pd.MultiIndex.from_frame(table[["model", "sampling"]])
    control = _control(table).to_numpy()
    blocks = []
    if len(over_time):
        blocks.append(("time", _at_last_age(table[plans.isin(over_time) | control])))
    if len(over_age):
        blocks.append(("age", table[plans.isin(over_age) | control]))
    return blocks or [("", table)]


def _draw_models(
    axes: Axes, table: pd.DataFrame, statistic: str, x: str, palette: dict[str, str]
) -> None:
    chosen = table[table["statistic"] == statistic]
    if x == "":
        names = _plan_names(table)
        shades = {name: palette[model] for (model, _), name in names.items()}
        plans = pd.MultiIndex.from_frame(chosen[["model", "sampling"]])
        _draw_points(axes, chosen.assign(group=plans.map(names)), statistic, list(shades), shades)
        return
    drawn = chosen[~_control(chosen)]
    names = _plan_names(drawn)
    plans = sorted(drawn["sampling"].unique())
    for (model, sampling), part in drawn.groupby(["model", "sampling"], sort=True):
        dashes = PLAN_DASHES[plans.index(sampling) % len(PLAN_DASHES)]
        label = escape(names[model, sampling])
        _line(axes, part, x, color=palette[model], ls=dashes, label=label)
    _finish(axes, chosen, statistic, x)


def _plan_names(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(model, sampling plan) -> its model, with the plan where the model has several."""
    plans = table[["model", "sampling"]].drop_duplicates().sort_values(["model", "sampling"])
    several = plans["model"].value_counts() > 1
    return {
        (model, sampling): f"{model}, {sampling}" if several[model] else model
        for model, sampling in plans.itertuples(index=False)
    }


def _prepare(
    table: pd.DataFrame, wanted: str = REFERENCES[0], *, independent: bool = True
) -> tuple[pd.DataFrame, str]:
    """Keep known statistics, one convention of each and one reference, plus the controls."""
    table = table[table["statistic"].isin(PANELS)]
    rank = table["convention"].map({name: i for i, name in enumerate(CONVENTIONS)})
    best = rank.groupby(table["statistic"]).transform("min")
    table = table[rank == best]
    valid = table[table["value"].notna()]
    order = dict.fromkeys((wanted, *REFERENCES))
    present = [name for name in order if (valid["reference"] == name).any()]
    reference = present[0] if present else wanted
    left_out = {"independent": not independent, "floor": _floor_is_smaller(valid, reference)}
    controls = [name for name in CONTROLS if not left_out[name]]
    return table[table["reference"].isin([reference, *controls])], reference


def _floor_is_smaller(table: pd.DataFrame, reference: str) -> bool:
    """Whether the floor is of less than half as many rows: most scores of fewer rows are worse."""
    most = table[table["group"] != MEAN].groupby("reference")["n"].max()
    return bool(most.get("floor", 0) < most.get(reference, 0) / 2)


def _abscissa(table: pd.DataFrame) -> str:
    """Return ``time``, ``age``, or nothing when the scores are of one moment only."""
    plans = table[~_control(table)].groupby(["model", "sampling"])
    for name in ("time", "age"):
        if (plans[name].nunique() > 1).any():
            return name
    return ""


def _statistics(table: pd.DataFrame) -> list[str]:
    present = set(table.loc[table["value"].notna(), "statistic"])
    return [name for name in PANELS if name in present]


def _groups(table: pd.DataFrame) -> list[str]:
    found = dict.fromkeys(table.loc[~_control(table), "group"])
    labels = [name for name in found if name not in (MEAN, ALL)]
    return [*labels, MEAN] if labels else [ALL]


def _whole(table: pd.DataFrame) -> str:
    """Group that stands for a model: the mean over labels, if no model generates without them.

    Controls of labelled data have labels even where the models do not.
    """
    models = table[~_control(table)].groupby("model")["group"]
    return MEAN if len(models) and models.agg(lambda one: (one == MEAN).any()).all() else ALL


def _compared(table: pd.DataFrame, reference: str) -> str:
    """Say what models are compared with, and on which rows."""
    scored = "mean over labels" if _whole(table) == MEAN else "all rows together"
    return f"compared with {reference} rows, {scored}"


def _at_last_age(table: pd.DataFrame) -> pd.DataFrame:
    control = _control(table)
    return pd.concat([last_ages(table[~control]), table[control]])


def _control(table: pd.DataFrame) -> pd.Series:
    return table["reference"].isin(list(CONTROLS))


def _fill(grid: np.ndarray, statistics: list[str]) -> list[tuple[Axes, str]]:
    panels = grid.ravel()
    hide_after(panels, len(statistics), NO_SCORE)
    return list(zip(panels, statistics, strict=False))


def _draw_groups(
    axes: Axes,
    table: pd.DataFrame,
    statistic: str,
    x: str,
    groups: list[str],
    palette: dict[str, str],
) -> None:
    chosen = table[table["statistic"] == statistic]
    for name in groups:
        rows = chosen[chosen["group"] == name]
        whole = name in (MEAN, ALL)
        label = "mean over labels" if name == MEAN else escape(name)
        look = {"color": DATA_COLOUR, "lw": 2.2} if whole else {"color": palette[name], "lw": 1.1}
        _line(axes, rows, x, label=label, **look)
    _finish(axes, chosen, statistic, x)


def _draw_ages(axes: Axes, table: pd.DataFrame, statistic: str) -> None:
    chosen = table[(table["statistic"] == statistic) & (table["group"] == _whole(table))]
    ages = np.sort(chosen.loc[chosen["age"] >= 0, "age"].unique())
    picks = np.unique(np.linspace(0, len(ages) - 1, min(MOST_AGES, len(ages))).round().astype(int))
    shades = matplotlib.colormaps["viridis"](np.linspace(0.9, 0.05, len(picks)))
    for index, shade in zip(picks, shades, strict=True):
        rows = chosen[chosen["age"] == ages[index]]
        _line(axes, rows, "time", color=shade, label=f"{ages[index]:,}")
    _finish(axes, chosen, statistic, "time")


def _line(axes: Axes, rows: pd.DataFrame, x: str, **look: Any) -> None:
    """Draw the mean over seeds, a band from smallest to largest, and a dot at its best value."""
    rows = rows[~_control(rows) & rows["value"].notna()]
    if rows.empty:
        return
    over = rows.groupby(x)["value"].agg(["mean", "min", "max", "count"])
    axes.plot(over.index, over["mean"], marker="." if len(over) < 12 else None, **look)
    if over["count"].max() > 1:
        axes.fill_between(
            over.index, over["min"], over["max"], color=look["color"], alpha=0.15, lw=0
        )
    ideal = PANELS[rows["statistic"].iloc[0]].ideal
    best = (over["mean"] - ideal).abs().idxmin()
    axes.plot([best], [over["mean"][best]], "o", ms=4.5, mfc="white", mec=look["color"], mew=1.2)


def _finish(axes: Axes, table: pd.DataFrame, statistic: str, x: str) -> None:
    panel = PANELS[statistic]
    chosen = table[table["statistic"] == statistic]
    whole = chosen[chosen["group"] == _whole(chosen)]
    for name, (label, dashes) in CONTROLS.items():
        level = whole.loc[whole["reference"] == name, "value"].mean()
        if np.isfinite(level):
            axes.axhline(level, color="#888888", ls=dashes, lw=1.1, label=label, zorder=1)
    if panel.log:
        score_axis(axes, chosen["value"])
    else:
        axes.axhline(panel.ideal, color="#bbbbbb", ls="-", lw=0.8, zorder=1)
    count_axis(axes, chosen.loc[~_control(chosen), x].unique())
    axes.set_xlabel("generation time (sweeps)" if x == "time" else "training age (updates)")
    axes.set_title(_panel_title(chosen, panel), loc="left")


def _panel_title(chosen: pd.DataFrame, panel: Panel) -> str:
    convention = chosen["convention"].iloc[0] if len(chosen) else ""
    return f"{panel.title} ({convention})" if convention else panel.title


def _draw_points(
    axes: Axes,
    table: pd.DataFrame,
    statistic: str,
    groups: list[str],
    palette: dict[str, str],
) -> None:
    """Draw one dot per group, for scores of a single age and time."""
    chosen = table[(table["statistic"] == statistic) & table["value"].notna()]
    shapes = markers(groups)
    for place, name in enumerate(groups):
        rows = chosen[(chosen["group"] == name) & ~_control(chosen)]
        errors = rows["standard_error"].fillna(0.0)
        axes.errorbar(
            rows["value"], np.full(len(rows), place), xerr=errors, fmt=shapes[name], ms=6,
            color=palette.get(name, DATA_COLOUR), capsize=2, lw=1,
        )  # fmt: skip
        for control, mark in (("floor", "|"), ("independent", "x")):
            level = chosen[(chosen["group"] == name) & (chosen["reference"] == control)]["value"]
            look = {"ms": 13, "mew": 1.6} if mark == "|" else {"ms": 5, "mew": 1.2}
            axes.plot(level, np.full(len(level), place), mark, color="#888888", **look)
    panel = PANELS[statistic]
    if panel.log:
        axes.set_xlim(0, 1.06 * axes.get_xlim()[1])  # room for the outermost mark
    else:
        axes.axvline(panel.ideal, color="#888888", ls=":", lw=1)
    names = ["mean over labels" if name == MEAN else escape(name) for name in groups]
    axes.set_yticks(range(len(groups)), names)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_title(_panel_title(chosen, panel), loc="left")
