"""Can hidden units bring back what they saw? Needs a chaotic network with hidden units (CH-Q3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.options import Scaled
from ebmflow.registry import register


@register("metric", "reconstruction_error")
class ReconstructionError(Metric):
    """Mean squared error of activities, data in [-1, 1], at the generation time of the rows.

    Hidden units run with the data clamped for that time, then visible units as long with the hidden
    ones held.   Source: Fournier, Urbani 2025, Appendix B, E(R).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"machine", "network"})
    ideal: ClassVar[dict[str, float]] = {"reconstruction_error": 0.0}
    whole: ClassVar[bool] = True

    rows: Annotated[int, Scaled(least=50)] = Field(
        500, ge=2, description="Reference rows, drawn at random where there are more."
    )

    def outputs(self) -> list[tuple[str, str]]:
        return [("reconstruction_error", "chaotic")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        (statistic, convention) = self.outputs()[0]
        if inputs.machine is None or inputs.time is None:
            note = "the model is no chaotic network with hidden units"
            yield Score(statistic, convention, None, note=note)
            return
        codes, seed = inputs.data.codes, int(generator.integers(2**31))
        if len(codes) > self.rows:
            codes = codes[np.sort(generator.choice(len(codes), self.rows, replace=False))]
        errors = inputs.machine.reconstruction_errors(codes, inputs.time, seed)
        error = float(errors.std(ddof=1) / np.sqrt(len(errors))) if len(errors) > 1 else None
        yield Score(statistic, convention, float(errors.mean()), error, len(errors))
