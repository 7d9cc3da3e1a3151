"""Do generated rows have the free energies of data rows? Needs the model.

- ``energy_error`` (``code``): (<F>_gen / <F>_data - 1)^2, as published; it depends on the arbitrary
  zero of the energy.
- ``energy_shift``: (<F>_gen - <F>_data) / standard deviation of the data; free of that choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.registry import register


@register("metric", "energy")
class Energy(Metric):
    """Free energies of generated rows against those of data rows."""

    needs: ClassVar[frozenset[str]] = frozenset({"model"})
    ideal: ClassVar[dict[str, float]] = {"energy_error": 0.0, "energy_shift": 0.0}
    minimum_rows: ClassVar[int] = 2

    def outputs(self) -> list[tuple[str, str]]:
        return [("energy_error", "code"), ("energy_shift", "")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        data, generated = inputs.data.energies, inputs.generated.energies
        missing = [
            name
            for name, energies in (("data", data), ("generated", generated))
            if energies is None or not np.all(np.isfinite(energies))
        ]
        if missing:
            note = f"no free energy of {' and '.join(missing)} rows"
            yield from (
                Score(name, convention, None, note=note) for name, convention in self.outputs()
            )
            return
        yield _ratio_error(data, generated)
        yield _shift(data, generated)


def _ratio_error(data: np.ndarray, generated: np.ndarray) -> Score:
    mean = data.mean(dtype=float)
    if mean == 0:
        return Score("energy_error", "code", None, note="mean free energy of the data is zero")
    return Score("energy_error", "code", float((generated.mean(dtype=float) / mean - 1.0) ** 2))


def _shift(data: np.ndarray, generated: np.ndarray) -> Score:
    spread = data.std(ddof=1, dtype=float)
    if spread == 0:
        return Score("energy_shift", "", None, note="free energies of the data are all equal")
    difference = generated.mean(dtype=float) - data.mean(dtype=float)
    variance = data.var(ddof=1, dtype=float) / len(data)
    variance += generated.var(ddof=1, dtype=float) / len(generated)
    return Score("energy_shift", "", float(difference / spread), float(np.sqrt(variance) / spread))
