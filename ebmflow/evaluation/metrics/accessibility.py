"""How near the ground state do chains and the training method come? Needs the RBM (RA-Q1).

Joint energies of visible and hidden units over that of the ground state, found by enumeration: 1 is
the ground state. ``paper``: mean over chains; ``code``: the lowest of the chains (RA-A9).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.metrics.reconstruction import NO_MACHINE
from ebmflow.registry import register

OUTPUTS = [
    ("gibbs_accessibility", "paper"),
    ("gibbs_accessibility", "code"),
    ("method_accessibility", ""),
]


MOST_ROWS = 2048
NO_NEGATIVE_PHASE = "no configurations of a negative phase: see ages.chains for persistent chains"


@register("metric", "accessibility")
class Accessibility(Metric):
    """Energy reached by Gibbs chains, and by the training method, over the ground-state energy.

    Source: Pozas-Kerstjens et al. 2021, Figs 1 and 2. The training method reaches what its negative
    phase consists of: the patterns, chains from training rows, persistent chains where they were
    kept. The exact gradient has none.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"model", "machine"})
    ideal: ClassVar[dict[str, float]] = {"gibbs_accessibility": 1.0, "method_accessibility": 1.0}
    whole: ClassVar[bool] = True
    figures: ClassVar[dict[str, str]] = {"learning": "plot_learning"}

    sweeps: int = Field(10, ge=1, description="Gibbs sweeps from random states.")
    chains: int = Field(10, ge=2, description="Chains.")

    def outputs(self) -> list[tuple[str, str]]:
        return OUTPUTS

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        machine = inputs.machine
        ground = None if machine is None else machine.ground_energy
        if ground is None or ground >= 0:
            note = "the ground state is not below zero, or too many states to find it"
            note = NO_MACHINE if machine is None else note
            yield from (Score(name, how, None, note=note) for name, how in self.outputs())
            return
        seed = int(generator.integers(2**31))
        ratios = machine.gibbs_energy(self.chains, self.sweeps, seed) / ground
        error = float(ratios.std(ddof=1) / np.sqrt(self.chains))
        yield Score("gibbs_accessibility", "paper", float(ratios.mean()), error, self.chains)
        yield Score("gibbs_accessibility", "code", float(ratios.max()), None, self.chains)
        rows = inputs.train.codes[:MOST_ROWS]
        energies = machine.method_energy(rows, int(generator.integers(2**31)))
        if energies is None:
            yield Score("method_accessibility", "", None, note=NO_NEGATIVE_PHASE)
        else:
            lowest = float((energies / ground).max())
            yield Score("method_accessibility", "", lowest, None, len(energies))
