"""Chaotic generators: one, two or three layers of rate units around fixed random couplings.

Source: Fournier, Urbani 2025; defaults are its Fig. 2. Labels are ours (see core/chaotic.py).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Literal

import torch
from pydantic import Field

from ebmflow.core.chaotic import ChaoticNetwork
from ebmflow.core.chaotic_units import visible_units
from ebmflow.core.chaotic_wiring import (
    Dynamics,
    Link,
    layered_links,
    random_couplings,
    unrestricted_links,
)
from ebmflow.errors import ConfigError, DataError
from ebmflow.options import Scaled
from ebmflow.registry import register
from ebmflow.space import StateSpace
from ebmflow.training.families.base import ModelFamily, TrainingData, require_labels


class ChaoticFamily(ModelFamily):
    """What the three architectures have in common."""

    labels: bool = Field(True, description="Whether labels are visible units, one a class.")
    gain: float = Field(1.5, gt=0, description="g, size of the fixed random couplings.")
    gain_is: Literal["variance", "standard_deviation"] = Field(
        "variance",
        description="What g is of the couplings before the division by sqrt(N): `variance` is the "
        "source's text, `standard_deviation` the older convention, with which 1.5 is chaotic at "
        "the source's size (as a variance it is at the edge).",
    )
    time_step: float = Field(1.0, gt=0, description="dt of Euler's method; one sweep is one step.")
    time_constant: float = Field(10.0, gt=0, description="tau, in the unit of time_step.")
    target_time: float = Field(
        100.0, gt=0, description="T of the clamped phase; the gradient's sweeps are T / time_step."
    )

    @abstractmethod
    def hidden_sizes(self) -> dict[str, int]:
        """Hidden population -> units, from the visible layer upwards."""

    def links(self, visible: list[str]) -> dict[str, Link]:
        """Linked populations by name."""
        return layered_links(visible, list(self.hidden_sizes()))

    @property
    def directed(self) -> bool:
        return True

    @property
    def describes_units(self) -> bool:
        return bool(self.hidden_sizes())

    @property
    def may_couple_to_itself(self) -> bool:
        """Whether a unit may drive itself; matters only where a layer has inner couplings."""
        return True

    def check(self, space_kind: str, labelled: bool) -> None:
        require_labels(self.labels, labelled)
        if self.time_step > self.time_constant:
            raise ConfigError(
                "recipe",
                "model.time_step",
                self.time_step,
                expected=f"at most time_constant = {self.time_constant:g}",
                action="choose a smaller step: Euler's method overshoots beyond it",
            )

    @property
    def steps(self) -> int:
        """Euler steps up to the target time."""
        return round(self.target_time / self.time_step)

    def check_sweeps(self, sweeps: int) -> None:
        if sweeps != self.steps:
            raise ConfigError(
                "recipe",
                "gradient.sweeps",
                sweeps,
                expected=f"{self.steps}, the steps of model.target_time / model.time_step",
                found=f"{sweeps} sweeps in the free phase, {self.steps} in the clamped one",
                action="make both phases equally long",
            )

    def build(
        self, space: StateSpace, data: TrainingData | None, generator: torch.Generator
    ) -> ChaoticNetwork:
        if data is not None:
            _require_range(space, data)
        visible = visible_units(space, labels=self.labels)
        hidden = self.hidden_sizes()
        links = self.links(list(visible))
        couplings = random_couplings(
            {**{group: units.size for group, units in visible.items()}, **hidden},
            links.values(),
            self.gain if self.gain_is == "standard_deviation" else math.sqrt(self.gain),
            generator,
            self_coupling=self.may_couple_to_itself,
        )
        dynamics = Dynamics(self.time_step, self.time_constant, self.steps)
        return ChaoticNetwork(
            visible, hidden, links, couplings, dynamics, self_coupling=self.may_couple_to_itself
        )


def _require_range(space: StateSpace, data: TrainingData) -> None:
    if space.kind == "real" and data.data.abs().max() > 1:
        raise DataError(
            "training rows",
            f"values up to {data.data.abs().max():g} in size",
            "values between -1 and 1, the range of the units",
            "rescale the data, for instance 2 x - 1 for x between 0 and 1",
        )


@register("model", "chaotic_unrestricted")
class ChaoticUnrestricted(ChaoticFamily):
    """One layer of visible units, all coupled to all (Eq. 2)."""

    self_coupling: bool = Field(
        True, description="Whether a unit may drive itself; the source excludes nothing."
    )

    @property
    def may_couple_to_itself(self) -> bool:
        return self.self_coupling

    def hidden_sizes(self) -> dict[str, int]:
        return {}

    def links(self, visible: list[str]) -> dict[str, Link]:
        return unrestricted_links(visible)


@register("model", "chaotic_two_layer")
class ChaoticTwoLayer(ChaoticFamily):
    """Visible and hidden units without couplings inside a layer (Eqs 4-7)."""

    hidden_units: Annotated[int, Scaled(least=16, power=0.5)] = Field(
        500, ge=1, description="N_h, number of hidden units."
    )

    def hidden_sizes(self) -> dict[str, int]:
        return {"hidden": self.hidden_units}


@register("model", "chaotic_three_layer")
class ChaoticThreeLayer(ChaoticFamily):
    """Visible units and two hidden layers, the lower one coupled to both others (Eqs A1-A8)."""

    hidden_units: Annotated[int, Scaled(least=16, power=0.5)] = Field(
        500, ge=1, description="N_h1, units of the lower hidden layer."
    )
    upper_hidden_units: Annotated[int, Scaled(least=16, power=0.5)] = Field(
        100, ge=1, description="N_h2, units of the upper one."
    )

    def hidden_sizes(self) -> dict[str, int]:
        return {"hidden": self.hidden_units, "upper_hidden": self.upper_hidden_units}
