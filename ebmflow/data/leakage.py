"""How much a test set repeats its training set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.thresholds import largest_distance

IDENTITY = 0.8


def count_leaks(
    codes: np.ndarray, groups: np.ndarray, is_test: np.ndarray, *, threads: int = 1
) -> Counts:
    """Count test rows that are close to a training row, and groups on both sides of the split.

    Close means more than 80 % of equal sites; not counted for real data.

    Parameters
    ----------
    codes : ndarray, shape (n, L)
    groups : ndarray of object, shape (n,)
        Group name, or None.
    is_test : ndarray of bool, shape (n,)
    """
    counts = Counts()
    tests = int(is_test.sum())
    if codes.dtype == np.uint8 and tests:
        from ebmflow.data.neighbours import has_neighbour  # compiles

        for identity, strict, what in (
            (IDENTITY, True, "above 80 % identity"),
            (1, False, "equal"),
        ):
            limit = largest_distance(identity, codes.shape[1], strict=strict)
            near = has_neighbour(codes[is_test], codes[~is_test], limit, threads=threads).sum()
            counts.add(
                "split", f"test rows with a training row {what}", rows=int(near),
                note=f"{near / tests:.1%} of the test rows",
            )  # fmt: skip
    if not pd.isna(groups).all():
        named = pd.Series(groups, dtype=object)
        shared = set(named[is_test].dropna()) & set(named[~is_test].dropna())
        counts.add(
            "split", "groups on both sides", rows=len(shared),
            note=f"of {named.nunique()} groups (people, for genotypes)",
        )  # fmt: skip
    return counts
