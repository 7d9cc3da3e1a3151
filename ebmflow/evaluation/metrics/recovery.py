"""Do chains find back to the rows they started from? For plans with `start: corrupted`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register


@register("metric", "recovery")
class Recovery(Metric):
    """Hamming distance per site between rows of chains and the rows before they were corrupted.

    At time 0 it is the distance of the corrupted rows themselves. The standard error counts chains
    as independent, though several may start from one row.
    Source: Pozas-Kerstjens et al. 2021, Appendix C.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"start"})
    ideal: ClassVar[dict[str, float]] = {"recovery_distance": 0.0}
    whole: ClassVar[bool] = True

    def outputs(self) -> list[tuple[str, str]]:
        return [("recovery_distance", "")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        rows = inputs.generated
        if rows.sources is None:
            note = "chains did not start from corrupted rows"
            yield Score("recovery_distance", "", None, note=note)
            return
        distances = (rows.codes != rows.sources).mean(1)
        n = len(distances)
        error = float(distances.std(ddof=1) / np.sqrt(n)) if n > 1 else None
        yield Score("recovery_distance", "", float(distances.mean()), error, n)
