"""How far a sequence lies from natural ones of its label, in the space of a language model."""

from __future__ import annotations

import numpy as np
import pandas as pd


def nearest_natural(table: pd.DataFrame) -> np.ndarray:
    """Return the Euclidean distance of each embedding to the nearest natural one of its label.

    A natural sequence is compared with the others, and copies of it do not count.

    Parameters
    ----------
    table : DataFrame
        Columns set, label (may be null), sequence and embedding (null where there is none).

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where there is no embedding, or no other natural sequence of the label.
    """
    distances = np.full(len(table), np.nan)
    labels = table["label"].fillna("").to_numpy()
    known = table["embedding"].notna().to_numpy()
    natural = known & (table["set"] == "natural").to_numpy()
    sequences = table["sequence"].to_numpy()
    for label in pd.unique(labels):
        others = np.flatnonzero(natural & (labels == label))
        if not len(others):
            continue
        points = np.stack(table["embedding"].iloc[others]).astype(np.float64)
        for row in np.flatnonzero(known & (labels == label)):
            different = sequences[others] != sequences[row] if natural[row] else slice(None)
            steps = points[different] - np.asarray(table["embedding"].iloc[row], dtype=np.float64)
            if len(steps):
                distances[row] = np.sqrt((steps**2).sum(axis=1).min())
    return distances
