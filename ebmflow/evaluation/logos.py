"""Letter frequencies and sequence-logo heights per site, weighted, with gaps kept visible.

At a site with letter frequencies f_a (all letters, gap included) the occupancy is o = 1 - f_gap,
and the letters that are present have p_a = f_a / o. Information R = log2 K - H(p) - e bits, with K
letters besides the gap and e = (K - 1) / (2 ln 2 n) the expected bias of an entropy from n
sequences (Schneider and Stephens 1990); negative values become 0. A letter is drawn f_a R high, so
that a site that few sequences occupy stays low; the share of gaps is reported for itself and drawn
apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ebmflow.errors import DataError
from ebmflow.evaluation.snapshots import label_groups, shared_labels

GAP = "-"


def letter_frequencies(codes: np.ndarray, weights: np.ndarray, states: int) -> np.ndarray:
    """Return weighted letter frequencies, float64, shape (L, q); rows sum to 1.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
    weights : ndarray, shape (n,)
        Non-negative, sum positive.
    """
    weights = np.asarray(weights, dtype=np.float64)
    total = weights.sum()
    if not len(codes) or not total > 0:
        raise DataError("logo", "no row with positive weight", "at least one")
    counts = np.stack(
        [np.bincount(site, weights=weights, minlength=states) for site in np.asarray(codes).T]
    )
    return counts / total


def effective_rows(weights: np.ndarray) -> float:
    """Return sum w / max w: the usual effective number for weights 1 / neighbours, free of scale.

    A class balance multiplies all weights of a label by a constant; the quotient does not see it.
    """
    weights = np.asarray(weights, dtype=np.float64)
    largest = weights.max(initial=0.0)
    return float(weights.sum() / largest) if largest > 0 else 0.0


def logo_heights(
    frequencies: np.ndarray,
    letters: str,
    *,
    effective: float | None = None,
) -> np.ndarray:
    """Return letter heights in bits, float64, shape (L, q); the gap has height 0.

    Source: Schneider and Stephens 1990; occupancy scaling as described at the top of this file.

    Parameters
    ----------
    frequencies : ndarray, shape (L, q)
        Rows sum to 1.
    letters : str
        q letters in code order; ``-`` marks the gap, if there is one.
    effective : float, optional
        Effective number of sequences; given, the small-sample bias is subtracted.
    """
    gap = letters.find(GAP)
    present = np.array(frequencies, dtype=np.float64)
    if gap >= 0:
        present[:, gap] = 0.0
    occupancy = present.sum(axis=1, keepdims=True)
    share = np.divide(present, occupancy, out=np.zeros_like(present), where=occupancy > 0)
    entropy = -np.sum(share * np.log2(share, out=np.zeros_like(share), where=share > 0), axis=1)
    kinds = len(letters) - (gap >= 0)
    information = np.log2(kinds) - entropy
    if effective is not None:
        rows = np.maximum(effective * occupancy[:, 0], 1e-12)
        information -= (kinds - 1) / (2 * np.log(2) * rows)
    return present * np.clip(information, 0.0, None)[:, None]


def site_frame(
    data: dict[str, np.ndarray],
    generated: dict[str, np.ndarray],
    alphabet: dict[str, Any],
    label_names: list[str],
    *,
    split: str = "all",
    small_sample: bool = True,
) -> pd.DataFrame:
    """Return letter frequencies and heights of data and samples, by label.

    Columns: set (``data`` or ``generated``), label, site (from 1), letter, frequency (0 to 1),
    information (bits). A label without rows in a set has no lines for it.

    Parameters
    ----------
    data, generated : dict of ndarray
        Columns of the dataset and of one snapshot of samples. Data count with their weights.
    split : str
        Rows of the data that count: ``all``, ``train`` or ``test``.
    """
    letters = alphabet.get("letters") or ""
    if alphabet["kind"] == "real" or not letters:
        raise DataError("logo", f"alphabet of kind {alphabet['kind']!r}", "letters per site")
    chosen = np.ones(len(data["label"]), dtype=bool) if split == "all" else data["split"] == split
    data = {name: values[chosen] for name, values in data.items()}
    parts = []
    label_names = shared_labels(generated["label"], label_names)
    for name, columns in (("data", data), ("generated", generated)):
        weights = np.asarray(columns.get("weight", np.ones(len(columns["label"]))))
        for label, mask in label_groups(columns["label"], label_names):
            if weights[mask].sum() > 0:
                effective = effective_rows(weights[mask]) if small_sample else None
                table = letter_frequencies(columns["codes"][mask], weights[mask], len(letters))
                heights = logo_heights(table, letters, effective=effective)
                parts.append(_long(name, label, letters, table, heights))
    if not parts:
        raise DataError("logo", "no labelled row with positive weight", "at least one")
    return pd.concat(parts, ignore_index=True)


def _long(
    name: str, label: str, letters: str, frequencies: np.ndarray, heights: np.ndarray
) -> pd.DataFrame:
    sites, states = frequencies.shape
    return pd.DataFrame(
        {
            "set": name,
            "label": label,
            "site": np.repeat(np.arange(1, sites + 1, dtype=np.int32), states),
            "letter": np.tile(np.array(list(letters), dtype=object), sites),
            "frequency": frequencies.ravel(),
            "information": heights.ravel(),
        }
    )
