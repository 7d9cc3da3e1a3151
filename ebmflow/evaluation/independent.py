"""The independent-site model: every site drawn from its own frequencies, without any coupling.

What a generator must beat to have learned more than conservation.
"""

from __future__ import annotations

import numpy as np

from ebmflow.evaluation.rows import RowSet


def draw_independent(
    codes: np.ndarray, weights: np.ndarray, count: int, generator: np.random.Generator
) -> np.ndarray:
    """Draw rows whose sites are independent, each from the weighted values of its column.

    Parameters
    ----------
    codes : ndarray (n, sites)
        Letters or numbers.
    weights : ndarray (n,)
        Any positive scale.
    count : int

    Returns
    -------
    ndarray (count, sites), of the type of `codes`
        Empty if no row has weight.
    """
    steps = np.cumsum(weights)
    if not len(steps) or not steps[-1] > 0:
        return np.empty((0, codes.shape[1]), dtype=codes.dtype)
    drawn = np.empty((count, codes.shape[1]), dtype=codes.dtype)
    for site, column in enumerate(codes.T):
        rows = np.searchsorted(steps, generator.random(count) * steps[-1], side="right")
        drawn[:, site] = column[np.minimum(rows, len(column) - 1)]
    return drawn


def independent_rows(data: RowSet, like: RowSet, generator: np.random.Generator) -> RowSet:
    """Draw as many rows as `like` has of every label, from the frequencies of that label in `data`.

    Labels of `like` that `data` have no rows of are left out. Unlabelled rows (-1) count as a label
    of their own.
    """
    labels, counts = np.unique(like.labels, return_counts=True)
    parts = [
        draw_independent(data.codes[chosen], data.weights[chosen], count, generator)
        for label, count in zip(labels, counts, strict=True)
        for chosen in [data.labels == label]
    ]
    codes = np.concatenate(parts) if parts else data.codes[:0]
    drawn = np.repeat(labels, [len(part) for part in parts])
    return RowSet(codes, data.encoding, np.ones(len(codes)), drawn)


def unlabelled(rows: RowSet) -> RowSet:
    """Return the rows with all labels unknown."""
    return RowSet(rows.codes, rows.encoding, rows.weights, np.full(len(rows), -1))
