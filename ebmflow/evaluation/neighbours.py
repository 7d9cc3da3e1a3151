"""Exact nearest neighbours by blocks, with the number of ties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ebmflow.evaluation.distances import map_blocks
from ebmflow.evaluation.rows import RowSet


class Nearest(NamedTuple):
    """Nearest rows of a set, seen from each query row.

    Attributes
    ----------
    distance : ndarray of float (queries,)
        Hamming or squared Euclidean distance; infinite if there is no other row.
    ties : ndarray of int (queries,)
        How many rows lie at that distance.
    """

    distance: np.ndarray
    ties: np.ndarray


def nearest_in(queries: RowSet, rows: RowSet, *, threads: int = 1) -> Nearest:
    """Return the nearest rows of another set."""
    left, right, distance = queries.packed, rows.packed, queries.encoding.distance
    if len(queries) == 0 or len(rows) == 0:
        return _none(len(queries))
    parts = map_blocks(
        lambda block: _minimum(distance(left[block], right), axis=1), len(queries), threads
    )
    return _join(parts)


def nearest_between(first: RowSet, second: RowSet, *, threads: int = 1) -> tuple[Nearest, Nearest]:
    """Return the nearest rows of the other set, for both sets, from one pass over the pairs."""
    if len(first) == 0 or len(second) == 0:
        return _none(len(first)), _none(len(second))
    left, right, distance = first.packed, second.packed, first.encoding.distance

    def work(block: slice) -> tuple[Nearest, Nearest]:
        found = distance(left[block], right)
        return _minimum(found, axis=1), _minimum(found, axis=0)

    along, across = zip(*map_blocks(work, len(first), threads), strict=True)
    least = np.min([part.distance for part in across], axis=0)
    ties = sum(np.where(part.distance == least, part.ties, 0) for part in across)
    return _join(along), Nearest(least, ties)


def nearest_others(rows: RowSet, *, threads: int = 1) -> Nearest:
    """Return the nearest rows within a set, a row itself excepted (its copies count)."""
    if len(rows) < 2:
        return _none(len(rows))
    packed, distance = rows.packed, rows.encoding.distance

    def work(block: slice) -> Nearest:
        found = distance(packed[block], packed)
        own = np.arange(block.start, block.stop)
        found[own - block.start, own] = _largest(found.dtype)
        return _minimum(found, axis=1)

    return rows.remember("nearest others", lambda: _join(map_blocks(work, len(rows), threads)))


def _minimum(found: np.ndarray, axis: int) -> Nearest:
    least = found.min(axis=axis, keepdims=True)
    return Nearest(least.ravel().astype(float), (found == least).sum(axis=axis))


def _join(parts: Iterable[Nearest]) -> Nearest:
    return Nearest(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _none(rows: int) -> Nearest:
    return Nearest(np.full(rows, np.inf), np.zeros(rows, dtype=int))


def _largest(dtype: np.dtype) -> float:
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def share_among_own(own: Nearest, other: Nearest, *, ties: str) -> np.ndarray:
    """Return, per row, the probability that its nearest neighbour belongs to its own set.

    Parameters
    ----------
    own, other : Nearest
        Nearest rows in the row's own set and in the other one.
    ties : str
        ``other``: a tie counts for the other set; ``shared``: one of the nearest rows is drawn.
    """
    closer = (own.distance < other.distance).astype(float)
    if ties == "other":
        return closer
    tied = own.distance == other.distance
    total = np.where(tied, own.ties + other.ties, 1)
    return np.where(tied, own.ties / np.maximum(total, 1), closer)
