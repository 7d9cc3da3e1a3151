"""A plan: all runs of a study, with every definition that they need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.model import RecipeConfig
from ebmflow.config.sampling import SamplingConfig
from ebmflow.config.scaling import Reduction
from ebmflow.config.stand_ins import Absence
from ebmflow.config.study import Costs, RunBlock, Study
from ebmflow.options import Options


@dataclass(frozen=True)
class Run:
    """One training run and what is done with it."""

    dataset: str
    model: str
    seed: int
    block: RunBlock
    samplings: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, Options]:
        """Metrics by name."""
        return {metric.kind: metric for metric in self.block.metrics or []}

    @property
    def structure(self) -> Options | None:
        """Structure predictor."""
        return self.block.structure

    @property
    def judged(self) -> tuple[str, ...]:
        """Sampling plans whose rows are judged one by one, where any are."""
        chosen = self.block.judged
        return self.samplings if chosen is None else tuple(chosen)

    @property
    def costs(self) -> Costs | None:
        """Comparison of likelihoods that starts from this run."""
        costs = self.block.costs
        return costs if costs and costs.unconstrained == self.model else None

    @property
    def wildcards(self) -> dict[str, Any]:
        """Wildcards that name the run in rules."""
        return {"dataset": self.dataset, "model": self.model, "seed": self.seed}


@dataclass(frozen=True)
class Plan:
    """A study with all its definitions.

    Attributes
    ----------
    file : Path
        The study file.
    study : Study
    runs : tuple of Run
    datasets : dict of DatasetConfig
    recipes : dict of RecipeConfig
        By (dataset, model), overrides merged.
    samplings : dict of SamplingConfig
    reductions : tuple of Reduction
        What `scale` changed in all of these.
    absences : tuple of Absence
        Datasets that others stand in for, or that are left out, and the figures that go with them.
    """

    file: Path
    study: Study
    runs: tuple[Run, ...]
    datasets: dict[str, DatasetConfig]
    recipes: dict[tuple[str, str], RecipeConfig]
    samplings: dict[str, SamplingConfig]
    reductions: tuple[Reduction, ...] = ()
    absences: tuple[Absence, ...] = ()

    def run(self, dataset: str, model: str, seed: int | str) -> Run:
        """The run that wildcards name."""
        wanted = (dataset, model, int(seed))
        return next(run for run in self.runs if (run.dataset, run.model, run.seed) == wanted)

    @property
    def models(self) -> list[str]:
        """Names of all recipes, sorted."""
        return sorted({model for _, model in self.recipes})

    @property
    def metrics(self) -> list[str]:
        """Names of all metrics, sorted."""
        return sorted({name for run in self.runs for name in run.metrics})
