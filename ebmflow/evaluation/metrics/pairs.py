"""Agreement of pair correlations: Pearson coefficient and slope over all pairs of sites.

Covariances C_(ia)(jb) of entries of two different sites, data against generated rows. Unlike the
mean squared error they do not depend on how strong the correlations of a family are, which is why
DCA papers show them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.covariance import CovarianceProducts, covariance_products
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register


@register("metric", "pairs")
class Pairs(Metric):
    """Pearson coefficient and regression slope of pair covariances."""

    ideal: ClassVar[dict[str, float]] = {"pair_pearson": 1.0, "pair_slope": 1.0}
    minimum_rows: ClassVar[int] = 2

    def outputs(self) -> list[tuple[str, str]]:
        return [("pair_pearson", ""), ("pair_slope", "")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        yield from self._agreement(inputs, "", False)
        if inputs.data.has_weights:
            yield from self._agreement(inputs, "weighted", True)

    def _agreement(self, inputs: MetricInputs, convention: str, weighted: bool) -> Iterator[Score]:
        products = covariance_products(
            inputs.data, inputs.generated, weighted=weighted, threads=inputs.threads
        )
        for statistic, value, note in pearson_and_slope(products):
            yield Score(statistic, convention, value, note=note)


def pearson_and_slope(
    products: CovarianceProducts,
) -> list[tuple[str, float | None, str]]:
    """Return (statistic, value, note) of generated against data covariances between sites."""
    pairs = products.entries - products.own_entries
    if pairs == 0:
        reason = "one site has no pairs"
        return [("pair_pearson", None, reason), ("pair_slope", None, reason)]
    mean_a = (products.sum_a - products.own_sum_a) / pairs
    mean_b = (products.sum_b - products.own_sum_b) / pairs
    variance_a = (products.aa - products.own_aa) / pairs - mean_a**2
    variance_b = (products.bb - products.own_bb) / pairs - mean_b**2
    shared = (products.ab - products.own_ab) / pairs - mean_a * mean_b
    # rounding of sums that should cancel must not pass for a correlation
    floor_a, floor_b = (1e-12 * norm / pairs for norm in (products.aa, products.bb))
    if variance_a <= floor_a:
        reason = "covariances of the data do not vary"
        return [("pair_pearson", None, reason), ("pair_slope", None, reason)]
    slope = ("pair_slope", shared / variance_a, "")
    if variance_b <= floor_b:
        return [("pair_pearson", None, "generated covariances do not vary"), slope]
    pearson = float(np.clip(shared / np.sqrt(variance_a * variance_b), -1.0, 1.0))
    return [("pair_pearson", pearson, ""), slope]
