"""Sampling plans: where chains start, what is clamped, when they are recorded."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from ebmflow.options import Options, Scaled


class TimeGrid(Options):
    """Logarithmically spaced generation times."""

    last: Annotated[int, Scaled(least=100)] = Field(
        ge=1, description="Longest generation time, in sweeps."
    )
    count: Annotated[int, Scaled(least=8, power=0.5)] = Field(
        50, ge=1, description="Number of times; 1: the longest alone."
    )
    landmarks: bool = Field(
        True,
        description="Record also 0 and the trained time. Figures of one moment show the trained "
        "time where it is recorded, else the last.",
    )

    def times(self, trained: int) -> list[int]:
        """Times in increasing order, in sweeps."""
        grid = np.rint(np.geomspace(self.last, 1, self.count)).astype(int)
        added = (0, trained) if self.landmarks else ()
        return sorted({*added, *(int(t) for t in grid)})


class HeldState(Options):
    """State in which released units are held from some sweep on."""

    from_sweep: int = Field(ge=0, description="Sweeps done when the state is set.")
    state: Literal["start", "flipped"] | list[Literal[0, 1]] = Field(
        description="One code a released unit, the same in all chains; start: for each chain the "
        "most probable codes given its first row; flipped: the opposite of these."
    )


class Morph(Options):
    """Released units of a label-erasing machine, frozen and changed on the way."""

    units: int = Field(1, ge=1, description="Released units: the first ones of the hidden layer.")
    schedule: list[HeldState] = Field(
        min_length=1, description="States in order of time; the first from sweep 0."
    )

    @model_validator(mode="after")
    def _check_schedule(self) -> Morph:
        sweeps = [one.from_sweep for one in self.schedule]
        if sweeps[0] != 0 or sorted(set(sweeps)) != sweeps:
            raise ValueError("from_sweep must be 0 in the first state, then increase")
        for one in self.schedule:
            if isinstance(one.state, list) and len(one.state) != self.units:
                raise ValueError(f"a state needs one code for each of the {self.units} units")
        return self


class Tempering(Options):
    """Replicas of easier machines that exchange states with the one sampled."""

    over: Literal["temperature", "age"] = Field(
        description="temperature: one machine at beta from lowest_beta to 1; age: the machines "
        "saved along training, the youngest mixing best."
    )
    rungs: int = Field(10, ge=2, description="Replicas; fewer where there are fewer ages.")
    lowest_beta: float = Field(
        0.1, gt=0, lt=1, description="beta of the easiest replica, over temperature."
    )
    sweeps: int = Field(1, ge=1, description="Gibbs sweeps of every replica in a round.")

    def chosen_ages(self, available: list[int], age: int) -> list[int]:
        """Ages of the rungs, the sampled one last, evenly spread over the saved ones."""
        younger = sorted(one for one in available if one <= age)
        places = np.linspace(0, len(younger) - 1, min(self.rungs, len(younger)))
        return [younger[place] for place in sorted({round(place) for place in places})]


class Corruption(Options):
    """What is done to held-out rows before chains start from them (RAPID, Appendix C)."""

    flipped: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Probability that a site is set to another of its states, all alike (for two "
        "states 0.5 tells nothing of the site); null with `blank`.",
    )
    given: int = Field(
        0,
        ge=0,
        description="First sites that stay as they are: 4, the top row of 4 x 4 pictures.",
    )
    hold: bool = Field(
        False, description="Whether the given sites are put back after every sweep. RBMs."
    )
    blank: bool = Field(
        False,
        description="Whether the other sites send nothing to the hidden units in the first sweep, "
        "as if they were 0, which is no state of a spin (RAPID); instead of `flipped`. At time 0 "
        "they are recorded as drawn at random. RBMs.",
    )

    @model_validator(mode="after")
    def _check_given(self) -> Corruption:
        if (self.hold or self.blank) and not self.given:
            raise ValueError("hold and blank need sites that are given")
        if self.blank == (self.flipped is not None):
            raise ValueError("give either flipped, or blank: true")
        return self

    def applied(self, codes: np.ndarray, states: int, generator: np.random.Generator) -> np.ndarray:
        """Corrupted copy of codes (n, sites)."""
        # Of all states alike, a site of q states has another one with probability 1 - 1 / q.
        rate = 1 - 1 / states if self.flipped is None else self.flipped
        change = generator.random(codes.shape) < rate
        change[:, : self.given] = False
        # 1 to states - 1 places further on, in a circle: any state but its own.
        steps = generator.integers(1, states, codes.shape)
        return np.where(change, (codes + steps) % states, codes).astype(codes.dtype)


class SamplingPlan(Options):
    """How rows are generated from a trained model."""

    start: Literal["random", "data", "pattern", "corrupted"] = Field(
        "random",
        description="Random start of training; held-out rows; the signs of the visible part of "
        "one pattern, the same for all chains (RAPID, Fig. 7b); or corrupted held-out rows "
        "(RAPID, Fig. C1).",
    )
    corruption: Corruption | None = Field(
        None, description="How rows are corrupted, for `start: corrupted`."
    )
    pattern: int = Field(0, ge=0, description="Which pattern, for `start: pattern`.")
    clamp: list[Literal["label"]] = Field(
        ["label"], description="Groups held at the requested labels; [] lets labels run free."
    )
    times: Literal["trained"] | list[int] | TimeGrid = Field(
        "trained", description="Sweeps (rounds of tempering) after which chains are recorded."
    )
    ages: Literal["last", "all"] | list[int] = Field(
        "last", description="Ages (updates) of the models to sample."
    )
    rows: Annotated[Literal["match_test", "match_train"] | int, Scaled(least=16)] = Field(
        "match_test", description="Rows a label: as many as held out, as trained on, or a number."
    )
    multiple: float = Field(1.0, gt=0, description="Factor on the number of rows (F&F code: 2).")
    beta: float = Field(1.0, gt=0, description="Inverse temperature of the joint energy.")
    morph: Morph | None = Field(
        None, description="Hold hidden units and change them on the way; null: all are free."
    )
    tempering: Tempering | None = Field(
        None, description="Equilibrium sampling by exchange of replicas; null: plain chains."
    )

    @field_validator("times", "ages")
    @classmethod
    def _check_numbers(cls, chosen: str | list[int] | TimeGrid) -> str | list[int] | TimeGrid:
        if isinstance(chosen, list) and (not chosen or min(chosen) < 0):
            raise ValueError("numbers from 0 on, at least one")
        return chosen

    @field_validator("rows")
    @classmethod
    def _check_rows(cls, rows: str | int) -> str | int:
        if isinstance(rows, int) and rows < 1:
            raise ValueError("1 row at least, match_test or match_train")
        return rows

    @model_validator(mode="after")
    def _check_kernel(self) -> SamplingPlan:
        if self.tempering and (self.morph or self.beta != 1):
            raise ValueError("tempering goes with beta: 1 and without morph")
        return self

    @model_validator(mode="after")
    def _check_corruption(self) -> SamplingPlan:
        if (self.start == "corrupted") != (self.corruption is not None):
            raise ValueError("`start: corrupted` and corruption belong together")
        if self.tells_sites_apart and (self.morph or self.tempering):
            raise ValueError("corruption.hold and blank go without morph and tempering")
        return self

    @property
    def tells_sites_apart(self) -> bool:
        """Whether sweeps treat given sites in another way than the rest."""
        return self.corruption is not None and (self.corruption.hold or self.corruption.blank)

    @property
    def ages_as_rungs(self) -> bool:
        """Whether one sampled age needs the models of younger ones."""
        return self.tempering is not None and self.tempering.over == "age"

    @property
    def times_differ(self) -> bool:
        """Whether chains are recorded at several times."""
        return self.times != "trained" and len(self.recorded_times(trained=1)) > 1

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
        min_length=1,
        description="`exact`: p(label | data) in closed form, where the model has one; `chain`: "
        "the label reached by a chain with the data clamped.",
    )
    sweeps: int | None = Field(
        None, ge=1, description="Sweeps of the chain; null: the trained number."
    )
    split: Literal["test", "train"] = Field("test", description="Rows to predict.")
    times: list[Annotated[int, Field(ge=0)]] | TimeGrid = Field(
        [],
        description="Sweeps after which the label that a further chain has reached is recorded; "
        "0 is its random start. Empty: only after `sweeps`.",
    )
    times_at: Literal["last", "all"] = Field("last", description="Ages recorded over `times`.")

    def recorded_times(self, trained: int) -> list[int]:
        """Recorded prediction times in increasing order, in sweeps; there may be none."""
        if isinstance(self.times, TimeGrid):
            return self.times.times(trained)
        return sorted(set(self.times))
