"""Histogram table of the distance from each row to its nearest training row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.neighbours import nearest_in
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.snapshots import label_groups, shared_labels


def novelty_frame(
    data: dict[str, np.ndarray],
    generated: dict[str, np.ndarray],
    alphabet: dict[str, Any],
    label_names: list[str],
    *,
    threads: int = 1,
) -> pd.DataFrame:
    """Return histograms of the Hamming distance to the nearest training row, of any label.

    Columns: set (``generated``; ``test`` for held-out data, the natural yardstick), label, distance
    (sites that differ; 0 is a copy), rows.

    Parameters
    ----------
    data, generated : dict of ndarray
        Columns of the dataset and of one snapshot of samples.
    """
    if alphabet["kind"] == "real":
        raise DataError("novelty", "real-valued rows", "binary or categorical codes")
    states = len(alphabet.get("letters") or "")
    encoding = make_encoding(alphabet["kind"], data["codes"].shape[1], states)
    train = RowSet.plain(data["codes"][data["split"] == "train"], encoding)
    if not len(train):
        raise DataError("novelty", "no training rows", "at least one")
    held_out = {name: values[data["split"] == "test"] for name, values in data.items()}
    parts = []
    label_names = shared_labels(generated["label"], label_names)
    for name, columns in (("generated", generated), ("test", held_out)):
        rows = RowSet.plain(columns["codes"], encoding)
        distances = nearest_in(rows, train, threads=threads).distance.astype(np.int32)
        for label, mask in label_groups(columns["label"], label_names):
            values, counts = np.unique(distances[mask], return_counts=True)
            parts.append(
                pd.DataFrame({"set": name, "label": label, "distance": values, "rows": counts})
            )
    return pd.concat(parts, ignore_index=True)
