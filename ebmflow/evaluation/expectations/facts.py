"""Facts that stand in other tables than scores, as score rows: one function a folder of results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from ebmflow.evaluation.expectations.verdict import NORMAL
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.report_places import Place
from ebmflow.evaluation.report_tables import ALL
from ebmflow.evaluation.tables import NO_TIME, score_rows

# (group, reference, score)
Fact = tuple[str, str, Score]
OK = "ok"
LEAST_VALUES = 5  # of the parameter, for the place of a peak


def fact_rows(place: Place, table: pd.DataFrame, facts: dict[str, Any]) -> list[dict]:
    """Score rows of one table.

    Parameters
    ----------
    place : Place
        Where it lies; `FACTS` says which folders are understood.
    table : DataFrame
    facts : dict
        Its metadata.
    """
    rows = []
    for group, reference, score in FACTS[place.stage](table, facts):
        rows += score_rows(
            [score],
            dataset=place.dataset, model=place.model, seed=place.seed, sampling=place.sampling,
            metric=METRICS.get(place.stage, place.stage), reference=reference, age=NO_TIME,
            time=NO_TIME, group=group,
        )  # fmt: skip
    return rows


def _score(statistic: str, value: float, error: float | None = None, n: int = 1) -> Score:
    return Score(statistic, "", float(value), error, n)


def _mean(statistic: str, values: pd.Series) -> Score:
    """Mean of single values with its standard error."""
    n = len(values)
    error = float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    return _score(statistic, values.mean(), error, n)


def _dataset(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    yield ALL, "train", _score("train_rows", (table["split"] == "train").sum())
    yield ALL, "test", _score("test_rows", (table["split"] == "test").sum())
    yield ALL, "train", _score("sites", facts["sites"])


def _judged(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    """Mean of usable values of each set of sequences."""
    usable = table[(table["status"] == OK) & table["value"].notna()]
    for name, rows in usable.groupby("set"):
        yield ALL, "test", _mean(f"{name}_mean", rows["value"])


def _observables(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    """What was measured, of the data or of a machine; one group a value of the parameter."""
    for row in table[table["n"] > 0].itertuples():
        name = row.observable.replace(" ", "_")
        score = Score(name, "", row.measured, row.standard_error, int(row.n))
        yield f"{row.parameter:g}", "test", score


def _peaks(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    """Value of the parameter at which each observable of one machine, or of the data, is largest.

    No finer than the values at which there are machines, and of few values nothing.
    """
    for observable, rows in table[table["value"].notna()].groupby("observable"):
        name, n = f"{observable.replace(' ', '_')}_peak", rows["parameter"].nunique()
        if n < LEAST_VALUES:
            note = f"{LEAST_VALUES} values of the parameter at least are needed, not {n}"
            yield ALL, "test", Score(name, "", None, None, n, note)
        else:
            yield ALL, "test", _score(name, *_peak(rows), n)


def _peak(rows: pd.DataFrame) -> tuple[float, float]:
    """Place of the largest value, and an error whose 95 % interval holds all of its rivals.

    A rival is less than two standard errors of the difference below.
    """
    best = rows.loc[rows["value"].idxmax()]
    errors = np.hypot(rows["standard_error"], best["standard_error"]).fillna(0.0)
    rivals = rows["parameter"][best["value"] - rows["value"] <= 2 * errors]
    return best["parameter"], (rivals - best["parameter"]).abs().max() / NORMAL


def _theory(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    if "interlacing_violation" in facts:
        yield ALL, "train", _score("interlacing_violation", facts["interlacing_violation"])
    if {"mean", "estimate"} <= set(table.columns):
        yield ALL, "train", _score("overlap_error", (table["mean"] - table["estimate"]).abs().max())
        yield ALL, "train", _score("overlap_least", table["mean"].min())


def _untrained(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    """Accessibility at the largest weights, and at those nearest to Glorot's size.

    And of the machines with most sites, less that of those with the fewest.
    """
    for ensemble, rows in table[table["deviation"] == facts.get("sizes_deviation")].groupby(
        "ensemble"
    ):
        over = rows.groupby(["draw", "visible"])["accessibility"].mean().unstack()
        if over.shape[1] > 1:
            yield ALL, "train", _mean(f"{ensemble}_growth", over.iloc[:, -1] - over.iloc[:, 0])
    table = table[table["visible"] == facts["visible"]]
    for ensemble, rows in table.groupby("ensemble"):
        sizes = rows.groupby("draw")["deviation"].rank().astype(int)
        mean = rows.groupby(sizes)["deviation"].mean()
        nearest = np.abs(np.log(mean / facts["glorot"])).idxmin()
        for name, size in (("plateau", sizes.max()), ("glorot", nearest)):
            yield ALL, "train", _mean(f"{ensemble}_{name}", rows["accessibility"][sizes == size])


def _morph(table: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Fact]:
    """Half time of the class switch over that of the log-probability, both after the change."""
    after = table[table["time"] >= facts["change"]]
    course = after.groupby("time")[["probability", "log_unnormalised"]].mean()
    if len(course) < 3:
        return
    switch = half_time(course["probability"])
    lowest = course["log_unnormalised"].idxmin()
    start = course.index[0]
    relaxed = half_time(course["log_unnormalised"].loc[lowest:])
    if switch is None or relaxed is None:
        note = "the probability of the class, or the log-probability, does not rise"
        yield ALL, "test", Score("switch_over_relaxation", "", None, None, len(course), note)
        return
    relaxed += lowest - start
    yield ALL, "test", _score("switch_over_relaxation", switch / relaxed, None, len(course))


def half_time(course: pd.Series) -> float | None:
    """Time until a course (values by time) has done half of its rise; None if it does not rise.

    Straight lines between recorded times, as the half may lie between two of them.
    """
    times, values = course.index.to_numpy(float), course.to_numpy(float)
    half = (values[0] + values[-1]) / 2
    if values[-1] <= values[0]:
        return None
    above = int(np.argmax(values >= half))
    share = (half - values[above - 1]) / (values[above] - values[above - 1])
    return float(times[above - 1] + share * (times[above] - times[above - 1]) - times[0])


FACTS: dict[str, Callable[[pd.DataFrame, dict[str, Any]], Iterator[Fact]]] = {
    "datasets": _dataset,
    "structures": _judged,
    "tm_scores": _judged,
    "observables": _observables,
    "peaks": _peaks,
    "label_theory": _theory,
    "untrained": _untrained,
    "release": _morph,
}
METRICS = {"datasets": "dataset", "release": "morph", "peaks": "observables"}
