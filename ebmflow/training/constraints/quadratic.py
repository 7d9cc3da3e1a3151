"""Quadratic label erasure: a penalty on second-order traces of the label in hidden inputs.

    strength / 2 * ||W^T Q W||_F^2 over constrained units;  gradient 2 strength Q W (W^T Q W)

The left sides of Eq. 9, squared and added up over all pairs of constrained units; pairs of a
released and a constrained unit are not penalised (DR-A5). The gradient goes into the optimiser.
Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Eqs 8-10 and 18.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.registry import register
from ebmflow.training.constraints.base import ConstraintOptions, WeightConstraint, unit_range
from ebmflow.training.constraints.label_vectors import (
    WeightedRows,
    absolute_magnetisation,
    class_indicators,
    covariance_matrices,
    labelled_rows,
    significant_components,
)
from ebmflow.training.families.base import ModelFamily, TrainingData

# Eigenvalues below this, relative to the largest, are rounding.
EIGENVALUE_TOLERANCE = 1e-12


class QuadraticPenalty(WeightConstraint):
    """Penalty with Q = F diag(signs) F^T: few columns of F make it cheap.

    Parameters
    ----------
    hidden_units : Tensor of int64
    factors : Tensor, shape (N, R)
        Eigenvectors of Q times the roots of the sizes of their eigenvalues.
    signs : Tensor, shape (R,)
        Signs of the eigenvalues.
    strength : float
    """

    def __init__(
        self, hidden_units: Tensor, factors: Tensor, signs: Tensor, strength: float
    ) -> None:
        self.hidden_units = hidden_units.to(factors.device)
        self.factors = factors
        self.signs = signs
        self.strength = strength

    def penalty(self, weight: Tensor) -> Tensor:
        """The penalty of weights (N, M), a scalar."""
        return self.strength / 2 * self._products(weight)[1].square().sum()

    def penalty_gradient(self, weight: Tensor) -> Tensor:
        signed, traces = self._products(weight)
        gradient = torch.zeros_like(weight)
        change = self.factors.to(weight.dtype) @ (signed @ traces)
        gradient[:, self.hidden_units] = 2 * self.strength * change
        return gradient

    def _products(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """diag(signs) F^T W (R, m) and W^T Q W (m, m) of the m constrained units."""
        inner = self.factors.to(weight.dtype).T @ weight[:, self.hidden_units]
        signed = self.signs.to(weight.dtype).unsqueeze(-1) * inner
        return signed, inner.T @ signed


@register("constraint", "quadratic")
class Quadratic(ConstraintOptions):
    """Little second-order trace of the label in the inputs of hidden units (Eq. 9), as a penalty.

    Of D classes, the D - 1 matrices of all but the first are used.
    """

    strength: float = Field(gt=0, description="Factor on half the sum of squares.")
    rank: Annotated[int, Field(ge=1)] | Literal["marchenko_pastur"] | None = Field(
        None,
        description="Eigenvalues of Q kept, the largest in size; null: all. marchenko_pastur: as "
        "many as the correlation matrices of the rows with and without the label have above the "
        "edge (1 + sqrt(r))^2 of independent entries, together.",
    )
    centred: bool = Field(
        False,
        description="Whether Q counts visible entries from their means (published code), or not "
        "(paper); equal where the linear constraint holds too.",
    )
    vector: Literal["labels", "absolute_magnetisation"] = Field(
        "labels",
        description="What Q correlates pairs with: the labels, or the absolute magnetisation "
        "(Ising, Eq. 18; Q of the labels vanishes by symmetry).",
    )

    def check(self, model: ModelFamily, space_kind: str, labelled: bool) -> None:
        needs = ("spin",) if self.vector == "absolute_magnetisation" else ()
        self.check_vector(self.check_weights(model), space_kind, labelled, needs)

    def prepare(
        self, layer: Layer, hidden_units: int, data: TrainingData
    ) -> list[WeightConstraint]:
        rows, targets = self._targets(layer, data)
        units = unit_range(self.count_released(targets.shape[1], hidden_units), hidden_units)
        # One matrix at a time: a long one-hot alignment makes them large.
        return [
            QuadraticPenalty(units, *self._factors(layer, rows, target), self.strength)
            for target in targets.T
        ]

    def _targets(self, layer: Layer, data: TrainingData) -> tuple[WeightedRows, Tensor]:
        """Rows that enter Q, and what their pairs are correlated with (B, K)."""
        if self.vector == "absolute_magnetisation":
            return data, absolute_magnetisation(layer, data)
        rows = labelled_rows(data)
        return rows, class_indicators(rows.labels)

    def _factors(self, layer: Layer, rows: WeightedRows, target: Tensor) -> tuple[Tensor, Tensor]:
        (matrix,) = covariance_matrices(layer, rows, target.unsqueeze(-1), centred=self.centred)
        values, vectors = torch.linalg.eigh(matrix)
        order = values.abs().argsort(descending=True)
        kept = order[values[order].abs() > EIGENVALUE_TOLERANCE * values.abs().max()]
        kept = kept[: self._rank(layer, rows, target)]
        return vectors[:, kept] * values[kept].abs().sqrt(), values[kept].sign()

    def _rank(self, layer: Layer, rows: WeightedRows, target: Tensor) -> int | None:
        if not isinstance(self.rank, str):
            return self.rank
        # Labels split the rows in two, a magnetisation does not.
        parts = target.unique() if self.vector == "labels" else target[:0]
        groups = [target == value for value in parts] or [torch.ones_like(target, dtype=torch.bool)]
        counts = [
            significant_components(layer, TrainingData(rows.data[group], None, rows.weights[group]))
            for group in groups
        ]
        return max(1, sum(counts))
