"""Linear label erasure: weight vectors orthogonal to the label vectors q(1), exactly.

    sum_i q_i w_i,mu = 0 for constrained units mu (Eq. 6);  w <- (1 - B B^T) w

with B an orthonormal basis of the vectors. The projection acts on the gradient and, after optimiser
and gauge, on the weights, the initial ones too, as in the published code (DR-A1). One-hot label
vectors add up to zero over the states of a site, so that projection and zero-sum gauge commute.
Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Sections III A and VI D.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.errors import DataError
from ebmflow.registry import register
from ebmflow.training.constraints.base import ConstraintOptions, WeightConstraint, unit_range
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_vectors,
    labelled_rows,
)
from ebmflow.training.families.base import ModelFamily, TrainingData

# Vectors with a smaller part of their own, relative to the entries of the data, are dependent.
RANK_TOLERANCE = 1e-10


class LinearProjection(WeightConstraint):
    """Keeps the weight vectors of some units orthogonal to a few vectors.

    Parameters
    ----------
    hidden_units : Tensor of int64
    vectors : Tensor, shape (K, N)
        Linearly independent.
    """

    def __init__(self, hidden_units: Tensor, vectors: Tensor) -> None:
        self.hidden_units = hidden_units.to(vectors.device)
        self.basis = torch.linalg.qr(vectors.double().T).Q

    def project(self, weight: Tensor) -> None:
        # In float64: otherwise rounding of the overlap itself would stay in the weights.
        chosen = weight[:, self.hidden_units].double()
        chosen -= self.basis @ (self.basis.T @ chosen)
        weight[:, self.hidden_units] = chosen.to(weight.dtype)


@register("constraint", "linear")
class Linear(ConstraintOptions):
    """No linear trace of the label in the inputs of hidden units (Eq. 6), as a projection.

    Of D classes, the D - 1 vectors of all but the first are used. Released unit d is free along
    the vector of class d + 1 and orthogonal to the others; the rest is orthogonal to all.
    """

    vector: Literal["labels", "uniform"] = Field(
        "labels",
        description="Where q comes from: the labels of the training rows, or the same entry "
        "everywhere (Ising: each weight vector adds up to zero).",
    )

    def check(self, model: ModelFamily, space_kind: str, labelled: bool) -> None:
        needs = ("bernoulli", "spin") if self.vector == "uniform" else ()
        self.check_vector(self.check_weights(model), space_kind, labelled, needs)
        if self.vector == "uniform" and isinstance(self.released, int) and self.released > 1:
            raise self._too_many(1)

    def prepare(
        self, layer: Layer, hidden_units: int, data: TrainingData
    ) -> list[WeightConstraint]:
        vectors = self.vectors(layer, data)
        count = self.count_released(len(vectors), hidden_units)
        if count > len(vectors):
            raise self._too_many(len(vectors))
        everything = torch.arange(len(vectors), device=vectors.device)
        released = [
            LinearProjection(unit_range(unit, unit + 1), vectors[everything != unit])
            for unit in range(count)
            if len(vectors) > 1
        ]
        return [*released, LinearProjection(unit_range(count, hidden_units), vectors)]

    def vectors(self, layer: Layer, data: TrainingData) -> Tensor:
        """Constraint vectors, float64 (K, N); DataError if they are linearly dependent."""
        if self.vector == "uniform":
            return torch.ones((1, layer.size), dtype=torch.float64, device=layer.field.device)
        rows = labelled_rows(data)
        vectors = covariance_vectors(layer, rows, class_indicators(rows.labels))
        size = layer.expand(rows.data[:1000]).abs().max().item()
        rank = int(torch.linalg.matrix_rank(vectors, atol=RANK_TOLERANCE * size, rtol=0.0))
        if rank < len(vectors):
            raise DataError(
                "training rows",
                f"the means of {len(vectors) + 1} classes differ in {rank} directions only",
                f"{len(vectors)} directions",
                "merge classes whose means coincide, or use more sites than classes",
            )
        return vectors

    def _too_many(self, vectors: int) -> Exception:
        return self._refusal(
            "released",
            self.released,
            f"{self.released} released units for {vectors} constraint vector(s)",
            f"at most {vectors}, one a vector",
        )
