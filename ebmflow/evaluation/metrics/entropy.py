"""Diversity by compression: how many bytes a row needs.

Both conventions compress all rows with gzip at its default level, 9, one row after the other
(memory order C), in the order given, which the selection of rows makes random; deflate looks back
32 KiB, hence the order of rows matters.

- ``paper``: one byte per site; (S_gen / S_data - 1)^2.   Fast and Functional, eq. 7, which leaves
  the byte representation open.
- ``code``: four bytes per site (int32); the published function returns S_gen / S_data - 1
  (``entropy_ratio``), squared only when plotted (``entropy_error``).

S is the size per row, so that sets of different size can be compared.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.rows import RowSet
from ebmflow.registry import register

COMPRESSION_LEVEL = 9
SITE_TYPE = {"paper": np.uint8, "code": np.int32}


@register("metric", "entropy")
class Entropy(Metric):
    """Compressed size of generated rows relative to data rows."""

    ideal: ClassVar[dict[str, float]] = {"entropy_error": 0.0, "entropy_ratio": 0.0}

    conventions: tuple[Literal["paper", "code"], ...] = Field(
        default=("paper", "code"),
        min_length=1,
        description="Definitions to report; 'code' takes a hundred times longer to compress.",
    )

    def outputs(self) -> list[tuple[str, str]]:
        names = ("entropy_error", "entropy_ratio", "entropy_generated", "entropy_data")
        return [(name, convention) for convention in self.conventions for name in names]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        if inputs.data.codes.dtype != np.uint8:
            for statistic, convention in self.outputs():
                yield Score(statistic, convention, None, note="not defined for real values")
            return
        for convention in self.conventions:
            data = bytes_per_row(inputs.data, convention)
            generated = bytes_per_row(inputs.generated, convention)
            ratio = generated / data - 1.0
            yield Score("entropy_error", convention, ratio**2)
            yield Score("entropy_ratio", convention, ratio)
            yield Score("entropy_generated", convention, generated)
            yield Score("entropy_data", convention, data)


def bytes_per_row(rows: RowSet, convention: str) -> float:
    """Return the gzip size of the rows, divided by their number, in bytes."""

    def compress() -> float:
        content = np.ascontiguousarray(rows.codes, dtype=SITE_TYPE[convention]).tobytes()
        return len(gzip.compress(content, COMPRESSION_LEVEL, mtime=0)) / len(rows)

    return rows.remember(f"compressed size, {convention}", compress)
