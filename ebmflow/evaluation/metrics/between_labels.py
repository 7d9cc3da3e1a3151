"""Do generated rows of two labels belong to one of them, or lie in between? (DR-Q11)

Rows are placed along the line between the mean training rows m_0 and m_1 of the labels, the
direction of the label vector q: (x - m_0).(m_1 - m_0) / |m_1 - m_0|^2, 0 at the one mean and 1 at
the other.   Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Fig. 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.classification import binomial_error
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.rows import RowSet
from ebmflow.registry import register

MIDDLE = (0.25, 0.75)
OUTPUTS = ("between_share", "between_share_data", "between_mean")


@register("metric", "between_labels")
class BetweenLabels(Metric):
    """Share of rows in the middle half of the way between the means of two labels.

    ``between_share`` of generated rows, ``between_share_data`` of the reference rows, and
    ``between_mean``, the mean place of generated rows, 0 to 1.
    """

    whole: ClassVar[bool] = True

    def outputs(self) -> list[tuple[str, str]]:
        return [(name, "") for name in OUTPUTS]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        found = inputs.train.remember("line between labels", lambda: line(inputs.train))
        if isinstance(found, str):
            yield from (Score(name, "", None, note=found) for name in OUTPUTS)
            return
        generated = places(inputs.generated, *found)
        for name, values in zip(OUTPUTS, (generated, places(inputs.data, *found)), strict=False):
            share = float(((values > MIDDLE[0]) & (values < MIDDLE[1])).mean())
            yield Score(name, "", share, binomial_error(share, len(values)), len(values))
        n = len(generated)
        error = float(generated.std(ddof=1) / np.sqrt(n)) if n > 1 else None
        yield Score("between_mean", "", float(generated.mean()), error, n)


def line(train: RowSet) -> tuple[np.ndarray, np.ndarray] | str:
    """Return the mean row of label 0 and the way to that of label 1; or why there is none."""
    if set(np.unique(train.labels[train.labels >= 0])) != {0, 1}:
        return "the training rows do not have two labels"
    means = []
    for label in (0, 1):
        own = train.labels == label
        weights = train.weights[own]
        means.append(train.encoding.mean(train.codes[own], weights / weights.sum()))
    way = means[1] - means[0]
    return (means[0], way) if way @ way > 0 else "the mean rows of the labels are equal"


def places(rows: RowSet, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Return where rows lie along the line, float64 (n,)."""
    return (rows.encoding.project(rows.codes, way) - start @ way) / (way @ way)
