"""Do generated rows of two labels belong to one of them, or lie in between? (DR-Q11)

Rows are placed along the line between the mean training rows of the labels, see `label_line`.
Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Fig. 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.classification import binomial_error
from ebmflow.evaluation.label_line import label_line
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register

MIDDLE = (0.25, 0.75)
OUTPUTS = ("between_share", "between_share_data", "between_mean")


@register("metric", "between_labels")
class BetweenLabels(Metric):
    """Share of rows in the middle half of the way between the means of two labels.

    ``between_share`` of generated rows, ``between_share_data`` of the reference rows, and
    ``between_mean``, the mean place of generated rows, 0 to 1.
    """

    whole: ClassVar[bool] = True

    def outputs(self) -> list[tuple[str, str]]:
        return [(name, "") for name in OUTPUTS]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        line, lacking = inputs.train.remember("label line", lambda: label_line(inputs.train))
        if line is None:
            yield from (Score(name, "", None, note=lacking) for name in OUTPUTS)
            return
        generated, data = line.places(inputs.generated.codes), line.places(inputs.data.codes)
        for name, values in zip(OUTPUTS, (generated, data), strict=False):
            share = float(((values > MIDDLE[0]) & (values < MIDDLE[1])).mean())
            yield Score(name, "", share, binomial_error(share, len(values)), len(values))
        n = len(generated)
        error = float(generated.std(ddof=1) / np.sqrt(n)) if n > 1 else None
        yield Score("between_mean", "", float(generated.mean()), error, n)
