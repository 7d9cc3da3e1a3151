"""Lengths of sequences: sites that are not gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register


@register("metric", "lengths")
class Lengths(Metric):
    """Mean and spread of ungapped lengths, generated rows and their difference to the data."""

    ideal: ClassVar[dict[str, float]] = {"length_shift": 0.0, "length_spread_shift": 0.0}
    minimum_rows: ClassVar[int] = 2

    def outputs(self) -> list[tuple[str, str]]:
        names = ("length_mean", "length_spread", "length_shift", "length_spread_shift")
        return [(name, "") for name in names]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        if inputs.gap is None:
            for statistic, convention in self.outputs():
                yield Score(statistic, convention, None, note="the alphabet has no gap")
            return
        data, generated = (
            np.count_nonzero(rows.codes != inputs.gap, axis=1)
            for rows in (inputs.data, inputs.generated)
        )
        errors = [lengths.std(ddof=1) / np.sqrt(len(lengths)) for lengths in (data, generated)]
        yield Score("length_mean", "", float(generated.mean()), float(errors[1]))
        yield Score("length_spread", "", float(generated.std(ddof=1)))
        shift = float(generated.mean() - data.mean())
        yield Score("length_shift", "", shift, float(np.hypot(*errors)))
        yield Score("length_spread_shift", "", float(generated.std(ddof=1) - data.std(ddof=1)))
