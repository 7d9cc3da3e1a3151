"""Released units: how parallel their weights are to label vectors, and what flipping them does.

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Sections III B and VI D, Figs 8c, 9, 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.evaluation.metrics.base import Score
from ebmflow.options import Options, Scaled


class ReleaseOptions(Options):
    """Chains from held-out rows, the released units held at their class and then at the next."""

    sweeps: int = Field(100, ge=1, description="Sweeps before the change, and as many after it.")
    chains: Annotated[int, Scaled(least=20)] = Field(
        150, ge=1, description="Chains a class; fewer where there are fewer rows."
    )
    points: int = Field(12, ge=2, description="Recorded times before the change, and after it.")

    def times(self) -> list[int]:
        """Recorded sweeps: dense after the start and after the change."""
        grid = np.rint(np.geomspace(1, self.sweeps, self.points)).astype(int)
        return sorted({0, *(int(t) for t in grid), *(int(t) + self.sweeps for t in grid)})


def cosines(weights: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Cosines (units, vectors) of weights (N, units) with label vectors (vectors, N).

    Zero for units without weights.
    """
    norms = np.linalg.norm(weights, axis=0)
    products = weights.T @ vectors.T / np.linalg.norm(vectors, axis=1)
    return np.divide(products, norms[:, None], where=norms[:, None] > 0, out=0 * products)


def cosine_scores(found: np.ndarray, released: int) -> Iterator[tuple[str, Score]]:
    """Rows (group, score): |cosine| of each released unit with its vector, the largest of others.

    Parameters
    ----------
    found : ndarray (units, vectors)
        See :func:`cosines`.
    released : int
        The first units are released, unit d along vector d.
    """
    for unit in range(released):
        value = float(abs(found[unit, unit]))
        yield f"unit {unit + 1}", Score("released_cosine", "", value, None, 1)
    others = found[released:]
    if len(others):
        value = float(np.abs(others).max())
        yield "all", Score("largest_other_cosine", "", value, None, len(others))


def overlap_scores(
    known: np.ndarray, vectors: np.ndarray, names: Sequence[str], per_class: int
) -> Iterator[tuple[str, Score]]:
    """Rows (group, score): overlap of vectors from few labels with those from all (Eq. 27).

    Parameters
    ----------
    known, vectors : ndarray (classes - 1, N)
        From `per_class` rows of each class, and from all.
    names : sequence of str
        Names of all classes.
    """
    found = np.diagonal(cosines(known.T, vectors))
    for name, value in zip(names[1:], found, strict=True):
        yield name, Score("known_overlap", "", float(value), None, per_class * len(names))


def class_states(found: np.ndarray, released: int, classes: int) -> np.ndarray:
    """Codes (classes, released) that stand for the classes (Section VI D).

    A unit is active where it favours its class, whatever the sign of its weights; in the state of
    the first class no unit is active.
    """
    active = (np.diagonal(found)[:released] > 0).astype(np.uint8)
    states = np.tile(1 - active, (classes, 1))
    for label in range(1, min(classes, released + 1)):
        states[label, label - 1] = active[label - 1]
    return states


def switch_scores(table: pd.DataFrame, change: int) -> Iterator[tuple[str, Score]]:
    """Rows (group, score) of chains: kept_rate before the change, switch_rate and its time after.

    Parameters
    ----------
    table : DataFrame
        Columns time, label (name of the first class), own, target (0 or 1: what a classifier says
        of the row), probability (of the target class); a row a chain and time.
    change : int
        Sweeps after which the units were set to the state of the target class.
    """
    groups = {"all": table, **dict(list(table.groupby("label", sort=False)))}
    for group, part in groups.items():
        last = part["time"].max()
        for name, column, time in (
            ("kept_rate", "own", change),
            ("switch_rate", "target", last),
        ):
            values = part.loc[part["time"] == time, column].to_numpy(float)
            yield group, rate(name, values)
        course = part[part["time"] >= change].groupby("time")["probability"].mean()
        start, end = course.iloc[0], course.iloc[-1]
        half = course.index[course >= (start + end) / 2][0] - change if end > start else None
        note = "" if half is not None else "the probability of the target class does not rise"
        yield group, Score("switch_half_time", "", half, None, len(course), note)


def rate(name: str, values: np.ndarray) -> Score:
    """Share of ones with its binomial error."""
    share, n = float(values.mean()), len(values)
    return Score(name, "", share, float(np.sqrt(share * (1 - share) / n)), n)
