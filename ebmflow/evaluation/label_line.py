"""The line between the mean training rows of two labels, the direction of the label vector q.

A row x lies on it at (x - m_0).(m_1 - m_0) / |m_1 - m_0|^2: at 0 where the mean row m_0 of label 0
is, at 1 where that of label 1 is.
Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Fig. 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ebmflow.evaluation.encodings import Encoding
from ebmflow.evaluation.rows import RowSet

BLOCK_ROWS = 4096  # expanded at a time


class LabelLine(NamedTuple):
    """The mean row of label 0 and the way to that of label 1, float64 (width of the encoding,)."""

    encoding: Encoding
    start: np.ndarray
    way: np.ndarray

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Return where rows (n, sites) lie along the line, float64 (n,)."""
        starts = range(0, len(codes), BLOCK_ROWS)
        along = [self.encoding.project(codes[i : i + BLOCK_ROWS], self.way) for i in starts]
        found = np.concatenate(along) if along else np.empty(0)
        return (found - self.start @ self.way) / (self.way @ self.way)


def label_line(train: RowSet) -> tuple[LabelLine | None, str]:
    """Return the line of labelled, weighted rows, or None and why there is none."""
    known = train.labels[(train.labels >= 0) & (train.weights > 0)]
    if set(np.unique(known)) != {0, 1}:
        return None, "the training rows do not have two labels"
    start, end = (_mean(train, train.labels == label) for label in (0, 1))
    if np.array_equal(start, end):
        return None, "the mean rows of the labels are equal"
    return LabelLine(train.encoding, start, end - start), ""


def _mean(rows: RowSet, chosen: np.ndarray) -> np.ndarray:
    weights = np.asarray(rows.weights[chosen], dtype=np.float64)
    return rows.encoding.mean(rows.codes[chosen], weights / weights.sum())
