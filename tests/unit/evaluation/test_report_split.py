"""Sentences on leakage and warnings, from the counts table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.leakage import count_leaks
from ebmflow.evaluation.report_split import leakage, warnings


def as_text(counts: Counts, tmp_path) -> pd.DataFrame:
    """The table as the report reads it."""
    path = tmp_path / "x.counts.tsv"
    counts.frame().to_csv(path, sep="\t", index=False, float_format="%.8g")
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def test_leakage_is_said_in_sentences(tmp_path) -> None:
    codes = np.zeros((4, 10), np.uint8)
    codes[1, 0], codes[2:] = 1, 3
    groups = np.array(["a", "b", "b", "c"], dtype=object)
    counts = count_leaks(codes, groups, np.array([True, False, True, False]))
    assert leakage(as_text(counts, tmp_path)) == [
        "2 held-out rows (100.0%) have a training row above 80 % identity.",
        "1 held-out rows (50.0%) have a training row equal to them.",
        "1 of 3 groups (people, for genotypes) have rows on both sides of the split.",
    ]


def test_warnings_name_their_step(tmp_path) -> None:
    counts = Counts()
    counts.step("filter", 3, {"more than 0.5 gaps": 1})
    counts.warn("split", "no test row of c")
    assert warnings(as_text(counts, tmp_path)) == ["split: no test row of c"]


def test_no_counts_no_sentences() -> None:
    assert leakage(pd.DataFrame()) == warnings(pd.DataFrame()) == []
