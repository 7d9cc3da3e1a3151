"""Singular values of the weights: how many directions were learnt? Needs the RBM (RA-Q5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.metrics.reconstruction import NO_MACHINE
from ebmflow.registry import register


@register("metric", "weight_spectrum")
class WeightSpectrum(Metric):
    """Largest singular values of the weights of the data group.

    Source: Pozas-Kerstjens et al. 2021, Fig. 4: four large ones on 4 x 4 bars.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"model", "machine"})
    whole: ClassVar[bool] = True
    figures: ClassVar[dict[str, str]] = {"singular_values": "plot_singular_values"}

    values: int = Field(8, ge=1, description="How many, largest first.")

    def outputs(self) -> list[tuple[str, str]]:
        return [(f"singular_value_{place}", "") for place in range(1, self.values + 1)]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        found = [] if inputs.machine is None else inputs.machine.singular_values()
        note = NO_MACHINE if inputs.machine is None else "the weights have fewer"
        for place, (statistic, convention) in enumerate(self.outputs()):
            if place < len(found):
                yield Score(statistic, convention, float(found[place]))
            else:
                yield Score(statistic, convention, None, note=note)
