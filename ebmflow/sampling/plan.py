"""Sampling plans: where chains start, what is clamped, when they are recorded."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from ebmflow.options import Options


class TimeGrid(Options):
    """Logarithmically spaced generation times."""

    last: int = Field(ge=1, description="Longest generation time, in sweeps.")
    count: int = Field(50, ge=1, description="Number of times; 0 and the trained time are added.")

    def times(self, trained: int) -> list[int]:
        """Times in increasing order, in sweeps."""
        grid = np.rint(np.geomspace(1, self.last, self.count)).astype(int)
        return sorted({0, trained, *(int(t) for t in grid)})


class SamplingPlan(Options):
    """How rows are generated from a trained model."""

    start: Literal["random", "data"] = Field(
        "random", description="Random start of training, or held-out rows."
    )
    clamp: list[Literal["label"]] = Field(
        ["label"], description="Groups held at the requested labels; [] lets labels run free."
    )
    times: Literal["trained"] | list[int] | TimeGrid = Field(
        "trained", description="Sweeps after which chains are recorded."
    )
    ages: Literal["last", "all"] | list[int] = Field(
        "last", description="Ages (updates) of the models to sample."
    )
    rows: Literal["match_test", "match_train"] | int = Field(
        "match_test", description="Rows a label: as many as held out, as trained on, or a number."
    )
    multiple: float = Field(1.0, gt=0, description="Factor on the number of rows (FF-A18: 2).")
    beta: float = Field(1.0, gt=0, description="Inverse temperature of the joint energy.")

    def recorded_times(self, trained: int) -> list[int]:
        """Recorded generation times in increasing order, in sweeps."""
        if self.times == "trained":
            return [trained]
        if isinstance(self.times, TimeGrid):
            return self.times.times(trained)
        return sorted(set(self.times))

    def chosen_ages(self, available: list[int]) -> list[int]:
        """Ages to sample, out of those at hand; the nearest ones where numbers are given."""
        if self.ages == "last":
            return [max(available)]
        if self.ages == "all":
            return sorted(available)
        return sorted({min(available, key=lambda age: abs(age - wish)) for wish in self.ages})


class PredictionPlan(Options):
    """How labels are predicted."""

    methods: list[Literal["exact", "chain"]] = Field(
        ["exact", "chain"],
        description="`exact`: p(label | data) in closed form, where the model has one; `chain`: "
        "the label reached by a chain with the data clamped (FF-A20).",
    )
    sweeps: int | None = Field(
        None, ge=1, description="Sweeps of the chain; null: the trained number."
    )
    split: Literal["test", "train"] = Field("test", description="Rows to predict.")
