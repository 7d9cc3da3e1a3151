"""What a training run is made of: the four axes, the optimiser, the budget."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ebmflow.options import ComponentOf, Options, Scaled
from ebmflow.training.constraints.base import ConstraintOptions
from ebmflow.training.families.base import ModelFamily
from ebmflow.training.gradients.base import GradientEstimator
from ebmflow.training.optimisers.base import Optimiser
from ebmflow.training.optimisers.sgd import Sgd
from ebmflow.training.regularisation import Regularisation


class Ages(Options):
    """Which updates are kept as models of their own."""

    count: Annotated[int, Scaled(least=6, power=0.5)] = Field(
        20, ge=1, description="Number of ages; the last is the last update."
    )
    spacing: Literal["logarithmic", "linear"] = Field("logarithmic", description="Their spacing.")
    multiple: int = Field(
        1,
        ge=1,
        description="Ages are multiples of this, but the last: the updates of an epoch keep models "
        "as they are between epochs.",
    )
    chains: bool = Field(
        False, description="Keep the persistent chains of `gradient: persistent` with every age."
    )

    def updates(self, last: int) -> list[int]:
        """Ages in increasing order, without repetition, ending with `last`."""
        space = np.geomspace if self.spacing == "logarithmic" else np.linspace
        whole = max(1, last // self.multiple)
        ages = np.unique(np.rint(space(1, whole, self.count)).astype(int)) * self.multiple
        return sorted({*(int(age) for age in ages if age <= last), last})


class Recipe(Options):
    """Everything that decides the outcome of a training run, given data and seed."""

    model: Annotated[ModelFamily, ComponentOf("model")] = Field(
        description="Family, units, coupling."
    )
    gradient: Annotated[GradientEstimator, ComponentOf("gradient")] = Field(
        description="Gradient estimator."
    )
    optimiser: Annotated[Optimiser, ComponentOf("optimiser")] = Field(
        Sgd(), description="Optimiser and learning rates."
    )
    regularisation: Regularisation = Field(Regularisation(), description="Penalties on weights.")
    constraints: list[Annotated[ConstraintOptions, ComponentOf("constraint")]] = Field(
        [], description="Constraints on weights."
    )
    batch_size: Annotated[int, Scaled(least=20)] = Field(
        500, ge=1, description="Rows of a minibatch; all rows if fewer."
    )
    updates: Annotated[int, Scaled(least=100)] = Field(
        ge=1, description="Parameter updates in all."
    )
    ages: Ages = Field(Ages(), description="Updates whose models are kept.")
    monitor_every: int | None = Field(
        None, ge=1, description="Updates between history rows; null: about 50 rows in all."
    )

    def check(self, space_kind: str, labelled: bool) -> None:
        """Raise ConfigError if the parts do not fit together or cannot represent the data."""
        self.model.check(space_kind, labelled)
        self.model.check_sweeps(self.trained_sweeps)
        self.gradient.check(self.model, self.model.uses_labels and labelled)
        for constraint in self.constraints:
            constraint.check(self.model, space_kind, labelled)

    @property
    def history_interval(self) -> int:
        """Updates between two rows of the history."""
        return self.monitor_every or max(1, self.updates // 50)

    @property
    def trained_sweeps(self) -> int:
        """Sweeps with which the model should generate."""
        return self.gradient.generation_sweeps
