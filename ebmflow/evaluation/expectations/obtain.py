"""Read a quantity off long score tables, one value a seed."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
import pandas as pd

from ebmflow.evaluation.expectations.form import Quantity
from ebmflow.evaluation.expectations.verdict import SeedValue
from ebmflow.evaluation.tables import NO_TIME


class Course(NamedTuple):
    """How a model was trained, to turn updates into epochs and sweeps into shares.

    Attributes
    ----------
    trained_sweeps : int or None
    epoch : float or None
        Updates of one pass over the training rows.
    """

    trained_sweeps: int | None = None
    epoch: float | None = None


class NotMeasured(Exception):
    """Why a quantity has no value: a sentence for readers, no error of theirs."""


def seed_values(
    scores: pd.DataFrame, quantity: Quantity, dataset: str, model: str, course: Course
) -> dict[int, SeedValue]:
    """Values of a quantity by seed.

    Parameters
    ----------
    scores : DataFrame
        Columns of `ebmflow.evaluation.tables`.
    model : str
        Empty for rows of no model.

    Raises
    ------
    NotMeasured
        If no row, or no value, is there.
    """
    rows = scores[(scores["dataset"] == dataset) & (scores["metric"] == quantity.metric)]
    rows = rows[rows["statistic"] == quantity.statistic]
    if model or quantity.of_data:
        rows = rows[rows["model"] == model]
    of_model = f" of {model}" if model else ""
    if rows.empty:
        raise NotMeasured(f"{quantity.statistic} ({quantity.metric}){of_model} was not measured")
    rows = rows[[fnmatchcase(name, quantity.sampling) for name in rows["sampling"]]]
    rows = rows[rows["convention"].isin(quantity.convention)]
    rows = _preferred(rows, "reference", quantity.reference)
    rows = _preferred(rows, "group", quantity.group)
    if rows.empty:
        raise NotMeasured(f"{quantity.statistic}{of_model}: not among what was measured")
    if rows["value"].isna().all():
        raise NotMeasured(str(next((note for note in rows["note"] if note), "no value")))
    rows = _moments(rows[rows["value"].notna()], quantity, course)
    rows = _one_sampling(rows)
    found = {}
    for seed, part in rows.groupby("seed"):
        found[int(seed)] = _taken(_averaged(part), quantity, course)
    return found


def _preferred(rows: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    """Rows of the first name of `order` that has any; ``*`` stands for labels."""
    for name in order:
        chosen = rows[rows[column] == name]
        if name == "*":
            chosen = rows[~rows[column].isin(["mean", "all"])]
        if len(chosen) and chosen["value"].notna().any():
            return chosen
    return rows[rows[column].isin(order)]


def _moments(rows: pd.DataFrame, quantity: Quantity, course: Course) -> pd.DataFrame:
    """Rows at the wanted ages and times; of no model, all."""
    ages, times = rows["age"] != NO_TIME, rows["time"] != NO_TIME
    if ages.any():
        rows = _ages(rows[ages], quantity, course)
    if times.any():
        rows = _times(rows[rows["time"] != NO_TIME], quantity, course)
    ages, times = rows["age"].nunique(), rows["time"].nunique()
    if max(ages, times) < quantity.least_moments:
        said = _count(ages) if quantity.age == "all" else _count(times, "generation time")
        raise NotMeasured(f"{said}, {quantity.least_moments} at least are needed")
    return rows


def _count(number: int, noun: str = "training age") -> str:
    return f"{number} {noun}" + "s" * (number != 1)


def _ages(rows: pd.DataFrame, quantity: Quantity, course: Course) -> pd.DataFrame:
    ages = rows["age"]
    if ages.nunique() < quantity.least_ages:
        raise NotMeasured(f"{_count(ages.nunique())}, {quantity.least_ages} at least are needed")
    if quantity.at_epoch is not None:
        if not course.epoch:
            raise NotMeasured("the number of updates of an epoch is not known")
        known = np.array(sorted(set(ages[ages > 0])), dtype=float)
        wanted = quantity.at_epoch * course.epoch
        nearest = known[np.abs(np.log(known / wanted)).argmin()] if len(known) else math.nan
        if not 0.5 <= nearest / wanted <= 2:
            raise NotMeasured(f"no training age near epoch {quantity.at_epoch:g}")
        return rows[ages == nearest]
    if quantity.age == "all":
        return rows
    return rows[ages == (ages.max() if quantity.age == "last" else ages.min())]


def _times(rows: pd.DataFrame, quantity: Quantity, course: Course) -> pd.DataFrame:
    times = rows["time"]
    if quantity.least_time and times.max() < quantity.least_time * (course.trained_sweeps or 1):
        raise NotMeasured(f"nothing was generated for {quantity.least_time:g} times as long as T")
    if quantity.times is not None:
        low, high = quantity.times
        chosen = rows[(times >= low) & (times <= high)]
        if chosen.empty:
            raise NotMeasured(f"nothing was generated in {low:,.0f} to {high:,.0f} sweeps")
        return chosen
    if quantity.time == "all":
        return rows
    if quantity.time == "last":
        return rows[times == times.max()]
    chosen = rows[times == course.trained_sweeps]
    if chosen.empty:
        raise NotMeasured("nothing was generated in the number of sweeps of training")
    return chosen


def _one_sampling(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the sampling plan with the most moments; the first by name among equals."""
    counts = rows.groupby("sampling")[["age", "time"]].apply(lambda one: len(one.drop_duplicates()))
    chosen = min(counts.index, key=lambda name: (-counts[name], name))
    return rows[rows["sampling"] == chosen]


def _averaged(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean over conventions and labels at each age and time, with its standard error."""
    grouped = rows.groupby(["age", "time"], sort=True)
    squares = rows.assign(square=rows["standard_error"] ** 2).groupby(["age", "time"])["square"]
    # NaN where any error is unknown
    error = np.sqrt(squares.agg(lambda one: one.sum(skipna=False))) / grouped.size()
    return pd.DataFrame({"value": grouped["value"].mean(), "error": error}).reset_index()


def _taken(table: pd.DataFrame, quantity: Quantity, course: Course) -> SeedValue:
    """What is taken over ages and times of one seed."""
    values = table["value"]
    best = {"max": values.idxmax(), "min": values.idxmin()}
    take = quantity.take
    if take in best:
        row = table.loc[best[take]]
        return SeedValue(float(row["value"]), float(row["error"]))
    if take == "mean":
        error = table["error"].iloc[0] if len(table) == 1 else math.nan
        return SeedValue(float(values.mean()), float(error))
    if take == "time_of_min":
        if not course.trained_sweeps:
            raise NotMeasured("the model has no generation time of training")
        return SeedValue(float(table.loc[best["min"], "time"]) / course.trained_sweeps)
    if not course.epoch:
        raise NotMeasured("the number of updates of an epoch is not known")
    if take == "first_age_below":
        return _first_below(table, quantity, course.epoch)
    age = float(table.loc[best[take.removeprefix("age_of_")], "age"])
    # where the last age is the best one, a longer run might have a better one
    return SeedValue(age / course.epoch, at_least=age == table["age"].max())


def _first_below(table: pd.DataFrame, quantity: Quantity, epoch: float) -> SeedValue:
    reached = table[table["value"] <= quantity.below]
    if reached.empty:
        return SeedValue(float(table["age"].max()) / epoch, at_least=True)
    return SeedValue(float(reached["age"].min()) / epoch)
