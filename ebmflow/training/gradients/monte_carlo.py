"""Contrastive gradients by Markov chains: CD, PCD, random start and F&F are one estimator.

They differ in their negative phases only: which groups are clamped to the batch, and where the free
groups start. Each phase contributes (statistics of the data) - (statistics of its chains).
"""

from __future__ import annotations

from abc import abstractmethod
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.energy_model import NOTHING, Chains, ContrastiveModel
from ebmflow.options import Scaled
from ebmflow.registry import register
from ebmflow.training.gradients.base import Batch, Estimate, GradientEstimator, offsets_of


class Start(Enum):
    """Where the free groups of a negative phase start at every update."""

    RANDOM = "random"
    BATCH = "batch"
    PERSISTENT = "persistent"


class Phase(NamedTuple):
    """A negative phase: groups clamped to the batch, start of the others, number of sweeps."""

    clamp: frozenset[str]
    start: Start
    sweeps: int


class MonteCarloGradient(GradientEstimator):
    """Positive minus negative statistics of one or more phases."""

    divisible: ClassVar[bool] = True

    sweeps: int = Field(10, ge=1, description="Sweeps of every negative phase (k).")
    centred: bool = Field(True, description="Centred gradient with the batch means as offsets.")

    @property
    def label_sweeps(self) -> int:
        return self.sweeps

    @property
    def generation_sweeps(self) -> int:
        return self.sweeps

    @abstractmethod
    def negative_phases(self) -> list[Phase]:
        """The negative phases, in order."""

    def combine(self, gradients: list[dict[str, Tensor]]) -> list[dict[str, Tensor]]:
        """Gradients to apply one after the other, from one gradient a phase."""
        return gradients

    def estimate(
        self, model: ContrastiveModel, batch: Batch, state: Any, generator: torch.Generator
    ) -> Estimate:
        positive = model.data_statistics(batch.positive, batch.positive_weights, generator)
        gradients = []
        for phase in self.negative_phases():
            chains = self._run(model, phase, batch, state, generator)
            if phase.start is Start.PERSISTENT:
                state = chains
            negative = model.chain_statistics(chains, _chain_weights(chains, phase, batch))
            gradients.append(model.gradient(positive, negative, centred=self.centred))
        return Estimate(self.combine(gradients), state, offsets_of(positive, self.centred))

    def negative_chains(
        self, model: ContrastiveModel, batch: Batch, state: Any, generator: torch.Generator
    ) -> list[Chains]:
        return [
            self._run(model, phase, batch, state, generator) for phase in self.negative_phases()
        ]

    def _run(
        self,
        model: ContrastiveModel,
        phase: Phase,
        batch: Batch,
        state: Any,
        generator: torch.Generator,
    ) -> Chains:
        chains = self._start(model, phase, batch, state, generator)
        return model.advance(chains, phase.sweeps, generator, clamp=phase.clamp)

    def _start(
        self,
        model: ContrastiveModel,
        phase: Phase,
        batch: Batch,
        state: Any,
        generator: torch.Generator,
    ) -> Chains:
        if phase.start is Start.PERSISTENT:
            return state
        # One chain a row of the batch: clamped groups take the rows' codes (FF-A9).
        chains = model.random_chains(batch.weights.shape[0], generator)
        groups = phase.clamp if phase.start is Start.RANDOM else frozenset(batch.visible)
        return model.clamp(chains, {g: batch.visible[g] for g in batch.visible if g in groups})


def _chain_weights(chains: Chains, phase: Phase, batch: Batch) -> Tensor:
    """Weights of chains: those of the batch rows when the chains carry something of the rows."""
    if phase.clamp or phase.start is Start.BATCH:
        return batch.weights
    rows = next(iter(chains.visible.values())).shape[0]
    return batch.weights.new_ones(rows)


@register("gradient", "fast_and_functional")
class FastAndFunctional(MonteCarloGradient):
    """Two out-of-equilibrium phases: generation given labels, and labels given data.

    Source: Carbone, Decelle, Rosset, Seoane 2023, Eq. 5 and Fig. 2B (FF-T1 to T3).
    """

    needs_labels: ClassVar[bool] = True

    phases: Literal["summed", "sequential"] = Field(
        "summed",
        description="One step with the sum of both gradients, or one step each (published code).",
    )
    gradients: Literal["both", "generation"] = Field(
        "both", description="`generation` leaves out the label-prediction phase."
    )

    def negative_phases(self) -> list[Phase]:
        generation = Phase(frozenset({"label"}), Start.RANDOM, self.sweeps)
        prediction = Phase(frozenset({"data"}), Start.RANDOM, self.sweeps)
        return [generation, prediction] if self.gradients == "both" else [generation]

    def combine(self, gradients: list[dict[str, Tensor]]) -> list[dict[str, Tensor]]:
        if self.phases == "sequential":
            return gradients
        first, *others = gradients
        for other in others:
            for name, value in other.items():
                first[name].add_(value)  # in place: weight gradients are large
        return [first]


@register("gradient", "persistent")
class Persistent(MonteCarloGradient):
    """Persistent contrastive divergence on the joint of data and labels (Tieleman 2008)."""

    divisible: ClassVar[bool] = False

    chains: Annotated[int, Scaled(least=50)] = Field(
        500, ge=1, description="Number of persistent chains, started at random."
    )

    def negative_phases(self) -> list[Phase]:
        return [Phase(NOTHING, Start.PERSISTENT, self.sweeps)]

    def init(self, model: ContrastiveModel, batch: Batch, generator: torch.Generator) -> Any:
        return model.random_chains(self.chains, generator)


@register("gradient", "contrastive")
class Contrastive(MonteCarloGradient):
    """Contrastive divergence: chains start at the batch (Hinton 2002)."""

    def negative_phases(self) -> list[Phase]:
        return [Phase(NOTHING, Start.BATCH, self.sweeps)]


@register("gradient", "random_start")
class RandomStart(MonteCarloGradient):
    """Out-of-equilibrium training: chains restart at random at every update, nothing clamped."""

    def negative_phases(self) -> list[Phase]:
        return [Phase(NOTHING, Start.RANDOM, self.sweeps)]
