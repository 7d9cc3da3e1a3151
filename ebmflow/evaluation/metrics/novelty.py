"""Are generated rows new? Distance to the nearest training row, copies, duplicates.

- ``nearest_distance_mean``, ``nearest_distance_min``: distance to the nearest training row of any
  label, as a fraction of sites (root mean square per site for numbers).
- ``nearest_distance_ratio``: its mean divided by the same mean of the reference rows; training rows
  as a reference look for other training rows. 1: as far from the training rows as fresh data.
- ``duplicate_rate``: 1 - distinct generated rows / generated rows.
- ``copy_rate``: distinct generated rows that occur among the training rows / distinct generated
  rows.

The two rates are those of the published code of Fast and Functional (intra and inter). All
generated rows count here, whatever the selection drops elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.neighbours import nearest_in, nearest_others
from ebmflow.evaluation.rows import RowSet, row_keys
from ebmflow.registry import register


@register("metric", "novelty")
class Novelty(Metric):
    """Distance to the nearest training row, copies and duplicates."""

    ideal: ClassVar[dict[str, float]] = {
        "nearest_distance_ratio": 1.0,
        "duplicate_rate": 0.0,
        "copy_rate": 0.0,
    }
    ideal_for: ClassVar[str] = "fresh"
    whole: ClassVar[bool] = True

    def outputs(self) -> list[tuple[str, str]]:
        return [
            ("nearest_distance_mean", ""),
            ("nearest_distance_min", ""),
            ("nearest_distance_ratio", ""),
            ("duplicate_rate", "code"),
            ("copy_rate", "code"),
        ]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        keys = np.unique(row_keys(inputs.generated.codes))
        n, distinct = len(inputs.generated), len(keys)
        yield Score("duplicate_rate", "code", 1.0 - distinct / n)
        if len(inputs.train) == 0:
            for statistic, convention in self.outputs():
                if statistic != "duplicate_rate":
                    yield Score(statistic, convention, None, note="no training rows")
            return
        known = inputs.train.remember("keys", lambda: np.unique(row_keys(inputs.train.codes)))
        copies = float(np.isin(keys, known).mean())
        error = float(np.sqrt(copies * (1 - copies) / distinct))
        yield Score("copy_rate", "code", copies, error, distinct)
        yield from self._distances(inputs)

    def _distances(self, inputs: MetricInputs) -> Iterator[Score]:
        generated = nearest_in(inputs.generated, inputs.train, threads=inputs.threads).distance
        generated = per_site(generated, inputs.generated)
        mean, error = mean_and_error(generated)
        yield Score("nearest_distance_mean", "", mean, error)
        yield Score("nearest_distance_min", "", float(generated.min()))
        yield self._ratio(mean, error, self._reference(inputs))

    @staticmethod
    def _ratio(mean: float, error: float | None, reference: np.ndarray) -> Score:
        expected, expected_error = mean_and_error(reference)
        if not np.isfinite(expected) or expected == 0:
            note = "the reference rows are copies of training rows, or there is no other row"
            return Score("nearest_distance_ratio", "", None, note=note)
        ratio = mean / expected
        if error is None or expected_error is None:
            return Score("nearest_distance_ratio", "", ratio)
        relative = np.hypot(error / expected, ratio * expected_error / expected)
        return Score("nearest_distance_ratio", "", ratio, float(relative))

    @staticmethod
    def _reference(inputs: MetricInputs) -> np.ndarray:
        """Distances of the reference rows to the nearest (other) training row."""
        data, train = inputs.data, inputs.train

        def compute() -> np.ndarray:
            if data.origin is train.origin:
                others = nearest_others(train, threads=inputs.threads).distance
                return per_site(others[data.index], data)
            return per_site(nearest_in(data, train, threads=inputs.threads).distance, data)

        return data.remember("distance to training rows", compute)


def per_site(distance: np.ndarray, rows: RowSet) -> np.ndarray:
    """Return Hamming distances as fractions of sites, Euclidean ones as root mean squares."""
    fraction = distance / rows.encoding.sites
    return fraction if rows.codes.dtype == np.uint8 else np.sqrt(fraction)


def mean_and_error(values: np.ndarray) -> tuple[float, float | None]:
    """Return the mean of independent values and its standard error, None for a single value."""
    if len(values) < 2:
        return float(values.mean()), None
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
