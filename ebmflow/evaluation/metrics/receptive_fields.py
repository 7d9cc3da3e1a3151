"""Do hidden units look for shapes? Needs a chaotic network with hidden units (CH, Fig. 4).

A field is the couplings W + A from a hidden unit to the pixels. It is called structured where
neighbouring pixels are correlated, r >= `correlation` over all pairs side by side or one above
the other: independent random couplings of 28 x 28 pixels have r = 0.00 +- 0.03. The paper judges by
eye, so that the limit is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from ebmflow.evaluation.classification import binomial_error
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register


@register("metric", "receptive_fields")
class ReceptiveFields(Metric):
    """Share of hidden units whose fields are structured, and the mean correlation of neighbours.

    Source: Fournier, Urbani 2025, Fig. 4: about half of the hidden units.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"machine", "network"})
    whole: ClassVar[bool] = True

    width: int = Field(28, ge=2, description="Pixels of a row of the pictures.")
    correlation: float = Field(
        0.25, gt=0, lt=1, description="Correlation of neighbouring pixels of a structured field."
    )

    def outputs(self) -> list[tuple[str, str]]:
        return [("structured_share", ""), ("neighbour_correlation", "")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        sites = inputs.data.encoding.sites
        note = "" if inputs.machine else "the model is no chaotic network with hidden units"
        if sites % self.width or sites <= self.width:
            note = f"{sites} sites are no picture of rows of {self.width}"
        if note:
            yield from (Score(name, how, None, note=note) for name, how in self.outputs())
            return
        found = neighbour_correlations(inputs.machine.receptive_fields(), self.width)
        share, units = float((found >= self.correlation).mean()), len(found)
        yield Score("structured_share", "", share, binomial_error(share, units), units)
        yield Score("neighbour_correlation", "", float(found.mean()), None, units)


def neighbour_correlations(fields: np.ndarray, width: int) -> np.ndarray:
    """Correlation of neighbouring pixels of each field, (units, pixels) -> float64 (units,)."""
    pictures = fields.astype(float).reshape(len(fields), -1, width)
    pictures -= pictures.mean((1, 2), keepdims=True)
    beside = pictures[:, :, 1:] * pictures[:, :, :-1]
    below = pictures[:, 1:] * pictures[:, :-1]
    pairs = beside[0].size + below[0].size
    shared = (beside.sum((1, 2)) + below.sum((1, 2))) / pairs
    variance = (pictures**2).mean((1, 2))
    return np.divide(shared, variance, where=variance > 0, out=np.zeros(len(fields)))
