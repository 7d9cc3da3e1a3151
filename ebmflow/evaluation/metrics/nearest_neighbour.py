"""Adversarial accuracy indicator (AAI): are data and generated rows mixed?

P_GG (P_DD) is the fraction of generated (data) rows whose nearest neighbour in the union of both
sets is generated (data). Both are 1/2 for two samples of one distribution; P_DD -> 0 tells copies,
P_GG -> 1 tells collapse.   Source: Yale et al. 2020; Fast and Functional, eq. 8.

- ``paper``: ((P_GG - 1/2)^2 + (P_DD - 1/2)^2) / 2; Hamming distance for codes, Euclidean for
  numbers; a tie is resolved by lot (expectation). The chaotic-generator paper's definition (eq. B4)
  is the same: Euclidean distance of +-1 values ranks neighbours as the Hamming distance does.
- ``code``: without the half; Hamming distance of rounded values; a tie counts for the other set.

Both assume sets of one size; a larger set is thinned at random. Standard errors of P are binomial
and take rows as independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ebmflow.evaluation.encodings import Categorical
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score, equal_sizes
from ebmflow.evaluation.neighbours import (
    Nearest,
    nearest_between,
    nearest_others,
    share_among_own,
)
from ebmflow.evaluation.rows import RowSet
from ebmflow.registry import register

TIES = {"paper": "shared", "code": "other"}
FACTOR = {"paper": 0.5, "code": 1.0}


@register("metric", "nearest_neighbour")
class NearestNeighbour(Metric):
    """Adversarial accuracy indicator and its two probabilities."""

    ideal: ClassVar[dict[str, float]] = {"aai_error": 0.0, "p_gg": 0.5, "p_dd": 0.5}
    ideal_for: ClassVar[str] = "fresh"
    minimum_rows: ClassVar[int] = 2

    conventions: tuple[Literal["paper", "code"], ...] = Field(
        default=("paper", "code"), min_length=1, description="Definitions to report."
    )

    def outputs(self) -> list[tuple[str, str]]:
        names = ("aai_error", "p_gg", "p_dd")
        return [(name, convention) for convention in self.conventions for name in names]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        sets, n = equal_sizes(inputs, generator), min(len(inputs.data), len(inputs.generated))
        views = {"paper": sets, "code": tuple(as_integers(rows) for rows in sets)}
        found: dict[int, Neighbourhoods] = {}  # codes look the same in both views
        for convention in self.conventions:
            data, generated = views[convention]
            if id(data) not in found:
                found[id(data)] = find_neighbours(data, generated, inputs.threads)
            p_gg, p_dd = found[id(data)].own_shares(TIES[convention])
            error = FACTOR[convention] * ((p_gg - 0.5) ** 2 + (p_dd - 0.5) ** 2)
            yield Score("aai_error", convention, error, n=n)
            for name, p in (("p_gg", p_gg), ("p_dd", p_dd)):
                yield Score(name, convention, p, float(np.sqrt(p * (1 - p) / n)), n)


class Neighbourhoods(NamedTuple):
    """Nearest rows of generated and data rows, in their own set and in the other one."""

    generated_own: Nearest
    generated_other: Nearest
    data_own: Nearest
    data_other: Nearest

    def own_shares(self, ties: str) -> tuple[float, float]:
        """Return (P_GG, P_DD) under a rule for ties, ``shared`` or ``other``."""
        p_gg = share_among_own(self.generated_own, self.generated_other, ties=ties)
        p_dd = share_among_own(self.data_own, self.data_other, ties=ties)
        return float(p_gg.mean()), float(p_dd.mean())


def find_neighbours(data: RowSet, generated: RowSet, threads: int = 1) -> Neighbourhoods:
    """Return the nearest rows of two sets of equal size."""
    generated_other, data_other = nearest_between(generated, data, threads=threads)
    return Neighbourhoods(
        nearest_others(generated, threads=threads),
        generated_other,
        nearest_others(data, threads=threads),
        data_other,
    )


def as_integers(rows: RowSet) -> RowSet:
    """Return the rows themselves, or rounded numbers, to be compared by Hamming distance."""
    if rows.codes.dtype == np.uint8:
        return rows

    def convert() -> RowSet:
        codes = rows.encoding.rounded(rows.codes)
        return replace(rows, codes=codes, encoding=Categorical(rows.encoding.sites, 256), memo={})

    return rows.remember("rounded", convert)
