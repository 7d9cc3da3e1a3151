"""First and second moments of visible entries (one-hot for categorical data).

- ``first_moment_mse``: mean over entries of (f_data - f_generated)^2.
- ``second_moment_mse``: mean over all pairs of entries, diagonal included, of the squared
  difference of covariances (n - 1 in the denominator).
- ``second_moment_e2``: (N (N - 1))^-1 sum_{i<j} (C_ij^G - C_ij^D)^2 of values in [-1, 1]: half the
  mean over pairs.   Source: chaotic generators, eq. B1. Binary and one-hot entries are mapped to
  +-1; pairs i != j include the states of one site, as the formula knows nothing of sites.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.covariance import (
    CovarianceProducts,
    covariance_products,
    weighted_mean,
)
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.rows import RowSet
from ebmflow.registry import register


@register("metric", "moments")
class Moments(Metric):
    """Errors of first and second moments."""

    ideal: ClassVar[dict[str, float]] = {
        "first_moment_mse": 0.0,
        "second_moment_mse": 0.0,
        "second_moment_e2": 0.0,
    }
    minimum_rows: ClassVar[int] = 2

    def outputs(self) -> list[tuple[str, str]]:
        return [
            ("first_moment_mse", "code"),
            ("second_moment_mse", "code"),
            ("second_moment_e2", "chaotic"),
        ]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        yield from self._errors(inputs, False, {"mse": "code", "e2": "chaotic"})
        if inputs.data.has_weights:
            yield from self._errors(inputs, True, {"mse": "weighted", "e2": "weighted"})

    def _errors(
        self, inputs: MetricInputs, weighted: bool, names: dict[str, str]
    ) -> Iterator[Score]:
        data, generated = inputs.data, inputs.generated
        yield Score("first_moment_mse", names["mse"], first_moment_mse(data, generated, weighted))
        products = covariance_products(data, generated, weighted=weighted, threads=inputs.threads)
        mean = products.squared_distance() / products.entries
        yield Score("second_moment_mse", names["mse"], mean)
        yield Score("second_moment_e2", names["e2"], *_second_moment_e2(data, products))


def first_moment_mse(data: RowSet, generated: RowSet, weighted: bool = False) -> float:
    """Return the mean squared difference of the mean visible vectors."""
    difference = weighted_mean(data, weighted) - weighted_mean(generated, False)
    return float(np.mean(difference**2))


def _second_moment_e2(
    data: RowSet, products: CovarianceProducts
) -> tuple[float | None, None, int, str]:
    width, scale = data.encoding.width, data.encoding.scale
    if width < 2:
        return None, None, 0, "one entry has no pairs"
    # each unordered pair once, hence the half; a factor `scale` per value, four values per square
    return (
        scale**4 * products.squared_distance_of_pairs() / (2 * width * (width - 1)), None, 0, ""
    )  # fmt: skip
