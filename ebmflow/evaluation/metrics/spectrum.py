"""Error of the singular value spectrum.

s_i are the singular values of the matrix of visible vectors (n rows, N entries), descending.

- ``paper``: (1/Ns) sum_i (s_i^data - s_i^gen)^2, Ns = min(n, N).   Fast and Functional, eq. 6.
- ``code``: the same of column-centred matrices, singular values divided by sqrt(n).
- ``chaotic``: (1/n) sum_i (...)^2 of raw values in [-1, 1].   Chaotic generators, eq. B2.

All assume sets of one size; a larger set is thinned at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score, equal_sizes
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.singular_values import singular_values
from ebmflow.registry import register


@register("metric", "spectrum")
class SpectrumError(Metric):
    """Mean squared difference of singular values."""

    ideal: ClassVar[dict[str, float]] = {"spectrum_error": 0.0}
    minimum_rows: ClassVar[int] = 2

    conventions: tuple[Literal["paper", "code", "chaotic"], ...] = Field(
        default=("paper", "code"),
        min_length=1,
        description="Definitions to report; 'chaotic' needs a second matrix reduction.",
    )

    def outputs(self) -> list[tuple[str, str]]:
        return [("spectrum_error", convention) for convention in self.conventions]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        data, generated = equal_sizes(inputs, generator)
        for convention in self.conventions:
            values = [_values(rows, convention, inputs.threads) for rows in (data, generated)]
            terms = len(data) if convention == "chaotic" else len(values[0])
            error = float(np.sum((values[0] - values[1]) ** 2)) / terms
            yield Score("spectrum_error", convention, error, n=len(generated))


def _values(rows: RowSet, convention: str, threads: int) -> np.ndarray:
    """Singular values as a convention takes them."""
    spectrum = singular_values(rows, signed=convention == "chaotic", threads=threads)
    if convention == "code":
        return spectrum.centred / np.sqrt(len(rows))
    return spectrum.raw
