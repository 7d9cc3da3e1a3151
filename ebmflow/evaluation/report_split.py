"""What a reader of scores must know about a dataset: leakage of its split, and warnings."""

from __future__ import annotations

import pandas as pd

NEAR = "test rows with a training row "
SHARED = "groups on both sides"


def leakage(counts: pd.DataFrame) -> list[str]:
    """Return sentences on how much the held-out rows repeat the training rows.

    Parameters
    ----------
    counts : DataFrame
        The dataset's counts table, as text; may be empty.
    """
    if counts.empty:
        return []
    lines = counts[counts["step"] == "split"]
    near = lines[lines["item"].str.startswith(NEAR)]
    sentences = [
        f"{row.rows} held-out rows ({row.note.partition(' ')[0]}) have a training row "
        f"{_phrase(row.item.removeprefix(NEAR))}."
        for row in near.itertuples()
    ]
    shared = lines[lines["item"] == SHARED]
    return sentences + [
        f"{row.rows} {row.note} have rows on both sides of the split."
        for row in shared.itertuples()
    ]


def warnings(counts: pd.DataFrame) -> list[str]:
    """Return the warnings of all steps, each with its step in front."""
    if counts.empty:
        return []
    lines = counts[counts["item"] == "warning"]
    return [f"{row.step}: {row.note}" for row in lines.itertuples()]


def _phrase(how: str) -> str:
    return "equal to them" if how == "equal" else how
