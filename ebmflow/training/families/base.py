"""The interface of a model family, and the data a model is initialised and trained with."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.layers.base import Layer
from ebmflow.errors import ConfigError
from ebmflow.options import Options
from ebmflow.registry import component
from ebmflow.space import StateSpace

# state-space kind -> unit types that can represent it; the first is the default
UNITS_OF_SPACE = {
    "binary": ("bernoulli", "spin", "potts"),
    "categorical": ("potts",),
    "real": ("gaussian",),
}


class TrainingData(NamedTuple):
    """Rows to train on.

    Attributes
    ----------
    data : Tensor, shape (B, sites)
        Codes (uint8), or values (float32) of real data.
    labels : Tensor of int64, shape (B,), or None
        -1 where missing; None for models without labels.
    weights : Tensor, shape (B,)
        Weights of the rows, any positive scale.
    """

    data: Tensor
    labels: Tensor | None
    weights: Tensor

    def to(self, device: torch.device | str) -> TrainingData:
        """Copy on a device."""
        labels = None if self.labels is None else self.labels.to(device)
        return TrainingData(self.data.to(device), labels, self.weights.to(device))


class ModelFamily(Options):
    """Options of a kind of model."""

    kind: ClassVar[str]  # set when the class is registered

    @abstractmethod
    def check(self, space_kind: str, labelled: bool) -> None:
        """Raise ConfigError if data of this kind cannot be represented."""

    def check_sweeps(self, sweeps: int) -> None:
        """Raise ConfigError if the chains of training do not suit a time scale of the model."""

    @abstractmethod
    def build(
        self, space: StateSpace, data: TrainingData | None, generator: torch.Generator
    ) -> ContrastiveModel:
        """Model with initial parameters, on the CPU.

        With `data`, fields start at those of independent sites; without it they are zero, which
        is all that loading a saved model needs.
        """

    def layer_kinds(self, space_kind: str) -> frozenset[str]:
        """Unit types that the model looks up by name: their code decides about the model too."""
        return frozenset()

    @property
    def has_energy(self) -> bool:
        """Whether the models have an energy, hence a likelihood."""
        return False

    @property
    def directed(self) -> bool:
        """Whether couplings of the two directions between units differ."""
        return False

    @property
    def describes_units(self) -> bool:
        """Whether there are hidden units whose couplings to the data can be looked at."""
        return hasattr(self, "coupling")

    @property
    def uses_labels(self) -> bool:
        """Whether the model has a label group."""
        return getattr(self, "labels", False)


def unit_kind(requested: str, space_kind: str, key: str = "model.visible") -> str:
    """Return the unit type of the data group, or raise ConfigError for an impossible pair."""
    possible = UNITS_OF_SPACE[space_kind]
    if requested == "from_dataset":
        return possible[0]
    if requested not in possible:
        raise ConfigError(
            "recipe",
            key,
            requested,
            accepted=("from_dataset", *possible),
            found=f"{requested!r} units cannot represent {space_kind} data",
        )
    return requested


def require_labels(labels: bool, labelled: bool, key: str = "model.labels") -> None:
    """Raise ConfigError if a model wants labels that a dataset does not have."""
    if labels and not labelled:
        raise ConfigError(
            "recipe",
            key,
            labels,
            expected="false for a dataset without labels",
            found="the model has a label group, and the dataset has no labels",
            action="set labels: false, or give the dataset labels",
        )


def make_layer(kind: str, sites: int, states: int, has_field: bool = True) -> Layer:
    """Build a layer by unit type."""
    return component("layer", kind)(sites, states, has_field=has_field)
