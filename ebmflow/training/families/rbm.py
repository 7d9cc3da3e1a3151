"""Restricted Boltzmann machines: every combination of units, coupling and conventions."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field

from ebmflow.core.layers.base import Layer
from ebmflow.core.rbm import RBM, Conventions
from ebmflow.options import ComponentOf, Options, Scaled
from ebmflow.registry import register
from ebmflow.space import StateSpace
from ebmflow.training.couplings.base import CouplingOptions
from ebmflow.training.couplings.dense import DenseOptions
from ebmflow.training.families.base import (
    ModelFamily,
    TrainingData,
    make_layer,
    require_labels,
    unit_kind,
)

# Frequencies are kept this far from 0 and 1 before they become fields (FF-A11).
FIELD_EPSILON = 1e-7
LABEL_UNITS = "potts"


class HiddenOptions(Options):
    """The hidden layer."""

    kind: Literal["bernoulli", "spin", "gaussian"] = Field("bernoulli", description="Unit type.")
    units: Annotated[int, Scaled(least=16, power=0.5)] = Field(
        ge=1, description="M, number of hidden units."
    )


@register("model", "rbm")
class RbmFamily(ModelFamily):
    """A restricted Boltzmann machine; the label, if used, is a visible Potts group."""

    visible: Literal["from_dataset", "bernoulli", "spin", "potts", "gaussian"] = Field(
        "from_dataset", description="Unit type of the data group."
    )
    hidden: HiddenOptions = Field(description="Hidden layer.")
    labels: bool = Field(True, description="Whether the label is a visible group.")
    coupling: Annotated[CouplingOptions, ComponentOf("coupling")] = Field(
        DenseOptions(), description="Weights."
    )
    fields: bool = Field(True, description="Whether units have fields; Ising machines have none.")
    field_epsilon: float = Field(
        FIELD_EPSILON, gt=0, lt=0.5, description="Clip of frequencies that initialise fields."
    )
    gauge: Literal["zero_sum", "zero_sum_uncompensated", "none"] = Field(
        "zero_sum", description="Gauge of Potts groups after each update."
    )
    hidden_drive: Literal["sample", "mean"] = Field(
        "sample", description="What drives the visible layer; `mean` is the published F&F code."
    )
    negative_hidden: Literal["fresh", "lagged"] = Field(
        "fresh", description="Hidden means of the negative phase; `lagged`: published F&F code."
    )
    positive_hidden: Literal["mean", "sample"] = Field(
        "mean", description="Hidden entries of the positive phase; `sample`: published F&F code."
    )

    def check(self, space_kind: str, labelled: bool) -> None:
        unit_kind(self.visible, space_kind)
        require_labels(self.labels, labelled)

    @property
    def has_energy(self) -> bool:
        return True

    def layer_kinds(self, space_kind: str) -> frozenset[str]:
        label = {LABEL_UNITS} if self.labels else set()
        return frozenset({unit_kind(self.visible, space_kind), self.hidden.kind, *label})

    def build(
        self, space: StateSpace, data: TrainingData | None, generator: torch.Generator
    ) -> RBM:
        kind = unit_kind(self.visible, space.kind)
        visible = {"data": make_layer(kind, space.sites, space.states, self.fields)}
        if self.labels:
            visible["label"] = make_layer(LABEL_UNITS, 1, space.classes, self.fields)
        hidden = make_layer(self.hidden.kind, self.hidden.units, 2, self.fields)
        if data is not None and self.fields:
            self._start_fields(visible, data)
        return RBM(
            visible,
            hidden,
            self.coupling.build(visible, hidden, generator),
            conventions=Conventions(self.hidden_drive, self.negative_hidden, self.positive_hidden),
            # The compensation of the gauge needs hidden fields.
            gauge=self.gauge if self.fields else "none",
        )

    def _start_fields(self, visible: dict[str, Layer], data: TrainingData) -> None:
        """Fields of independent sites with the weighted frequencies of the data."""
        rows = {"data": (data.data, data.weights)}
        if self.labels and data.labels is not None:
            known = data.labels >= 0
            codes = data.labels[known].to(torch.uint8).unsqueeze(-1)
            rows["label"] = (codes, data.weights[known])
        for group, (codes, weights) in rows.items():
            mean = visible[group].total(codes, weights / weights.sum())
            visible[group].field = visible[group].field_from_mean(mean, self.field_epsilon)
