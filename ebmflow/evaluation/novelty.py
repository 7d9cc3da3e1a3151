"""Distance from each row to the nearest training row: copies, near copies, novel sequences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.errors import DataError
from ebmflow.evaluation.snapshots import label_groups

BLOCK_BYTES = 64 * 2**20


def nearest_distances(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the Hamming distance of each row to its nearest reference row, int32, shape (n,).

    Matches are counted by products of one-hot blocks in float32 (exact up to 2^24 sites), so memory
    does not grow with the number of pairs.

    Parameters
    ----------
    rows, reference : ndarray of uint8, shapes (n, L) and (m, L)
    """
    sites = rows.shape[1]
    states = int(max(rows.max(initial=0), reference.max(initial=0))) + 1
    step = max(1, BLOCK_BYTES // (4 * sites * states))
    best = np.zeros(len(rows), dtype=np.float32)
    for first in range(0, len(rows), step):
        block = _one_hot(rows[first : first + step], states)
        for other in range(0, len(reference), step):
            matches = block @ _one_hot(reference[other : other + step], states).T
            np.maximum(best[first : first + step], matches.max(axis=1), best[first : first + step])
    return (sites - best).astype(np.int32)


def _one_hot(codes: np.ndarray, states: int) -> np.ndarray:
    hot = codes[:, :, None] == np.arange(states, dtype=codes.dtype)
    return hot.reshape(len(codes), -1).astype(np.float32)


def novelty_frame(
    data: dict[str, np.ndarray], generated: dict[str, np.ndarray], label_names: list[str]
) -> pd.DataFrame:
    """Return histograms of the distance to the nearest training row, of any label.

    Columns: set (``generated``; ``test`` for held-out data, the natural yardstick), label, distance
    (sites that differ; 0 is a copy), rows.
    """
    if np.issubdtype(data["codes"].dtype, np.floating):
        raise DataError("novelty", "real-valued rows", "binary or categorical codes")
    train = data["codes"][data["split"] == "train"]
    if not len(train):
        raise DataError("novelty", "no training rows", "at least one")
    held_out = {name: values[data["split"] == "test"] for name, values in data.items()}
    parts = []
    for name, columns in (("generated", generated), ("test", held_out)):
        distances = nearest_distances(columns["codes"], train)
        for label, mask in label_groups(columns["label"], label_names):
            values, rows = np.unique(distances[mask], return_counts=True)
            parts.append(
                pd.DataFrame({"set": name, "label": label, "distance": values, "rows": rows})
            )
    return pd.concat(parts, ignore_index=True)
