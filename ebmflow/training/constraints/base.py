"""The interface of a constraint on the weights of the data group, and what all of them refuse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.errors import ConfigError
from ebmflow.options import Options
from ebmflow.randomness import random_stream
from ebmflow.training.constraints.label_vectors import with_few_labels
from ebmflow.training.couplings.base import CouplingOptions
from ebmflow.training.families.base import ModelFamily, TrainingData, unit_kind


class WeightConstraint(ABC):
    """A constraint prepared for one dataset and one model.

    Attributes
    ----------
    hidden_units : Tensor of int64
        Hidden units concerned; groups of different constraints of one kind are disjoint.
    """

    hidden_units: Tensor

    def penalty_gradient(self, weight: Tensor) -> Tensor | None:
        """Gradient (N, M) of the soft part, to be subtracted; None for hard constraints."""
        return None

    def project(self, weight: Tensor) -> None:  # noqa: B027 -- nothing to do for soft ones
        """Enforce the hard part on weights (N, M), in place; nothing for soft constraints."""


class HiddenLayerOptions(Protocol):
    """Options of a hidden layer."""

    @property
    def units(self) -> int:
        """Number of hidden units."""


@runtime_checkable
class CoupledFamily(Protocol):
    """Options of a model whose weights lie between visible and hidden units."""

    @property
    def visible(self) -> str:
        """Unit type of the data group."""

    @property
    def hidden(self) -> HiddenLayerOptions:
        """The hidden layer."""

    @property
    def coupling(self) -> CouplingOptions:
        """The weights."""


class ConstraintOptions(Options):
    """Options of a constraint; vectors are computed from the data once, before training.

    Released units are the first units of the hidden layer.
    """

    kind: ClassVar[str]  # set when the class is registered

    vector: str = Field(
        "labels", description="Where the constraint vectors come from; see each constraint."
    )
    rows_per_class: int | None = Field(
        None,
        ge=1,
        description="Labelled training rows of each class that the constraint knows, drawn with "
        "the seed of the run (fewer are a part of more); the machine still learns from all rows. "
        "null: all labels.",
    )
    released: Annotated[int, Field(ge=0)] | Literal["one_per_vector"] = Field(
        0,
        description="Hidden units set free, the first ones; one_per_vector: as many as there are "
        "constraint vectors, which is the number of classes minus one.",
    )

    @abstractmethod
    def prepare(
        self, layer: Layer, hidden_units: int, data: TrainingData
    ) -> list[WeightConstraint]:
        """Constraints for the data layer, the number of hidden units and the training rows.

        `data` carries the labels of the rows even if the model has no label group.
        """

    def known(self, data: TrainingData, seed: int) -> TrainingData:
        """The rows with the labels that the constraint may use; the others have none (-1).

        Parameters
        ----------
        seed : int
            Seed of the run: constraints that know equally many labels know the same ones.
        """
        if self.rows_per_class is None:
            return data
        return with_few_labels(data, self.rows_per_class, random_stream(seed, "train", "labels"))

    @abstractmethod
    def check(self, model: ModelFamily, space_kind: str, labelled: bool) -> None:
        """Raise ConfigError if the model cannot be constrained so, or the data lack labels.

        Parameters
        ----------
        model : ModelFamily
            Options of the model family.
        space_kind : str
            Kind of the dataset's state space.
        labelled : bool
            Whether the dataset has labels; the model need not use them.
        """

    def check_weights(self, model: ModelFamily) -> CoupledFamily:
        """Return the model; ConfigError unless weights are parameters and some stay constrained."""
        coupling = model.coupling.kind if isinstance(model, CoupledFamily) else "none"
        if not isinstance(model, CoupledFamily) or coupling != "dense":
            raise self._refusal(
                "kind",
                self.kind,
                f"a {self.kind} constraint with coupling {coupling!r}",
                "a model with coupling.kind: dense",
            )
        units = model.hidden.units
        if isinstance(self.released, int) and self.released >= units:
            raise self._refusal(
                "released",
                self.released,
                f"{self.released} released units of {units}",
                f"at most {units - 1}, so that a unit stays constrained",
            )
        return model

    def check_vector(
        self, model: CoupledFamily, space_kind: str, labelled: bool, needs_units: tuple[str, ...]
    ) -> None:
        """Raise ConfigError if the data have not what the constraint vectors are made of.

        Parameters
        ----------
        needs_units : tuple of str
            Visible unit types for which the vectors have a meaning; empty: all, but labels.
        """
        if needs_units and self.rows_per_class is not None:
            raise self._refusal(
                "rows_per_class",
                self.rows_per_class,
                f"few labels for vector {self.vector!r}, which needs none",
                "vector: labels, or no rows_per_class",
            )
        if not needs_units and not labelled:
            raise self._refusal(
                "vector",
                self.vector,
                "constraint vectors from labels, and the dataset has no labels",
                "a labelled dataset",
            )
        found = unit_kind(model.visible, space_kind)
        if needs_units and found not in needs_units:
            raise self._refusal(
                "vector",
                self.vector,
                f"vector {self.vector!r} with {found} units",
                "model.visible: " + " or ".join(needs_units),
            )

    def count_released(self, vectors: int, hidden_units: int) -> int:
        """Number of released units for a number of constraint vectors."""
        count = self.released if isinstance(self.released, int) else vectors
        if count >= hidden_units:
            raise self._refusal(
                "released",
                self.released,
                f"{count} released units of {hidden_units}",
                "more hidden units than that",
            )
        return count

    def _refusal(self, key: str, value: object, found: str, expected: str) -> ConfigError:
        return ConfigError("recipe", f"constraints.{key}", value, found=found, expected=expected)


def unit_range(first: int, last: int) -> Tensor:
    """Indices of hidden units from `first` to before `last`."""
    return torch.arange(first, last)
