"""Does the model complete pictures? Needs the RBM (RA-Q2).

Reference rows are given by their first sites (the top row of a picture); the distance is the share
of sites in which the completed row differs from the reference row. A top row of one colour says
nothing about stripes: there the left column may be given instead, as it is their side that is
perpendicular to them (App. C). ``paper``: the given sites stay;
``code``: one sweep draws them anew with all others, as the published code does (RA-A8).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.options import Scaled
from ebmflow.registry import register

NO_MACHINE = "the model is no RBM"


@register("metric", "reconstruction")
class Reconstruction(Metric):
    """Hamming distance per site between reference rows and rows completed from their first sites.

    Source: Pozas-Kerstjens et al. 2021, Fig. 3.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"model", "machine"})
    ideal: ClassVar[dict[str, float]] = {"reconstruction_distance": 0.0}
    whole: ClassVar[bool] = True
    figures: ClassVar[dict[str, str]] = {"learning": "plot_learning"}

    held: int = Field(4, ge=1, description="First sites that are given: 4 for 4 x 4 pictures.")
    or_column: bool = Field(
        False,
        description="Where the given sites, a row of the picture, are all equal, give the first "
        "site of every row instead: bars and stripes.",
    )
    sweeps: int = Field(1, ge=1, description="Gibbs sweeps of the convention `paper`.")
    repeats: Annotated[int, Scaled(least=10)] = Field(
        100, ge=1, description="Completions of every row."
    )

    def outputs(self) -> list[tuple[str, str]]:
        return [("reconstruction_distance", name) for name in ("paper", "code")]

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        sites = inputs.data.codes.shape[1]
        note = NO_MACHINE if inputs.machine is None else ""
        if self.held >= sites:
            note = f"{self.held} of {sites} sites are given"
        for statistic, convention in self.outputs():
            if note:
                yield Score(statistic, convention, None, note=note)
                continue
            distances = self._distances(inputs, convention, int(generator.integers(2**31)))
            n = len(distances)
            error = float(distances.std(ddof=1) / np.sqrt(n)) if n > 1 else None
            yield Score(statistic, convention, float(distances.mean()), error, n)

    def _distances(self, inputs: MetricInputs, convention: str, seed: int) -> np.ndarray:
        """Mean distance (n,) of every reference row over the repeats."""
        rows = np.repeat(inputs.data.codes, self.repeats, axis=0)
        paper = convention == "paper"
        sweeps = self.sweeps if paper else 1
        completed = inputs.machine.reconstruct(rows, self._given(rows), sweeps, paper, seed)
        return (completed != rows).mean(1).reshape(-1, self.repeats).mean(1)

    def _given(self, rows: np.ndarray) -> np.ndarray:
        """Which sites of every row are given, (n, sites)."""
        given = np.zeros(rows.shape, dtype=bool)
        given[:, : self.held] = True
        if self.or_column:
            says_nothing = (rows[:, : self.held] == rows[:, :1]).all(1)
            given[says_nothing] = np.arange(rows.shape[1]) % self.held == 0
        return given
