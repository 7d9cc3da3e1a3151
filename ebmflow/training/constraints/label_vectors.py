"""Vectors and matrices that say how labels show in the data.

    q(1)_i  = <u v_i> - <u><v_i>                 (Eq. 7; one a class, Eq. 26)
    q(2)_ij = <u v_i v_j> - <u><v_i v_j>         (Eq. 10)
    Q(2)_ij = <|m| v_i v_j> - <|m|><v_i v_j>     (Eq. 18, m = sum_k v_k of spins)

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023. Averages are weighted by the weights of the
rows (DR-A3), over labelled rows only. Everything is float64 and computed in blocks of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.errors import LabelError
from ebmflow.training.families.base import TrainingData

BLOCK_ROWS = 4096


class WeightedRows(Protocol):
    """What averages need: codes (B, sites) and weights (B,)."""

    @property
    def data(self) -> Tensor:
        """Codes (B, sites)."""

    @property
    def weights(self) -> Tensor:
        """Weights (B,), any positive scale."""


class LabelledRows(NamedTuple):
    """Rows that all have a label.

    Attributes
    ----------
    data : Tensor, shape (B, sites)
    labels : Tensor of int64, shape (B,)
    weights : Tensor, shape (B,)
    """

    data: Tensor
    labels: Tensor
    weights: Tensor


def labelled_rows(data: TrainingData) -> LabelledRows:
    """Rows with a label; LabelError unless there are two classes, each with weight."""
    labels = data.weights.new_empty(0, dtype=torch.int64) if data.labels is None else data.labels
    known = (labels >= 0).nonzero().squeeze(-1)
    rows = LabelledRows(data.data[known], labels[known], data.weights[known])
    classes = int(rows.labels.max()) + 1 if len(rows.labels) else 0
    totals = torch.zeros(classes, dtype=torch.float64, device=rows.weights.device)
    totals.index_add_(0, rows.labels, rows.weights.double())
    empty = (totals <= 0).nonzero()
    if classes < 2 or len(empty):
        found = f"label {int(empty[0])} has none" if len(empty) else f"{classes} label has rows"
        raise LabelError("training rows", found, "labelled rows of at least two classes, of each")
    return rows


def with_few_labels(data: TrainingData, per_class: int, generator: torch.Generator) -> TrainingData:
    """The same rows with the labels of `per_class` rows of each class; the others get -1.

    Rows are drawn whatever their weights, equally many of each class, since q(1) vanishes if one
    class has none (Section VIII). With one state of the generator fewer are a part of more.

    Parameters
    ----------
    generator : torch.Generator
        On the CPU.

    Raises
    ------
    LabelError
        If a class has fewer rows.
    """
    classes = int(labelled_rows(data).labels.max()) + 1  # refuses what has no classes
    labels = torch.as_tensor(data.labels)
    known = torch.full_like(labels, -1)
    for label in range(classes):
        own = torch.eq(labels, label).nonzero().squeeze(-1)
        if len(own) < per_class:
            raise LabelError(
                "training rows",
                f"label {label} has {len(own)} rows",
                f"{per_class} of each label, as rows_per_class says",
                "lower rows_per_class",
            )
        order = torch.randperm(len(own), generator=generator)[:per_class]
        known[own[order.to(own.device)]] = label
    return data._replace(labels=known)


def class_indicators(labels: Tensor) -> Tensor:
    """u_d of the rows, d = 1 .. C - 1, float64 (B, C - 1).

    The first class is left out: all C vectors of Eq. 26 add up to zero.
    """
    return torch.nn.functional.one_hot(labels)[:, 1:].double()


def absolute_magnetisation(layer: Layer, data: WeightedRows) -> Tensor:
    """|sum_k v_k| of the rows, float64 (B, 1)."""
    blocks = [entries.sum(-1).abs() for entries, _ in _blocks(layer, data.data, data.weights)]
    return torch.cat(blocks).unsqueeze(-1)


def covariance_vectors(layer: Layer, data: WeightedRows, targets: Tensor) -> Tensor:
    """<u_k v> - <u_k><v> for targets u (B, K): float64 (K, N)."""
    coefficients = _coefficients(data, targets)
    total = coefficients.new_zeros(targets.shape[1], layer.size)
    for entries, share in _blocks(layer, data.data, coefficients):
        total += share.T @ entries
    return total


def covariance_matrices(
    layer: Layer, data: WeightedRows, targets: Tensor, *, centred: bool
) -> Tensor:
    """<u_k v v^T> - <u_k><v v^T> for targets u (B, K): float64 (K, N, N).

    Parameters
    ----------
    centred : bool
        Count v from its mean, as the published code does (DR-A4). Equal where q(1) = 0.

    Returns
    -------
    Tensor
        In the zero-sum gauge of the layer: the part that acts alike on all states of a site means
        nothing to zero-sum weights, and its gradient would only push hidden fields.
    """
    coefficients = _coefficients(data, targets)
    offset = _mean(layer, data) if centred else coefficients.new_zeros(layer.size)
    total = coefficients.new_zeros(targets.shape[1], layer.size, layer.size)
    for entries, share in _blocks(layer, data.data, coefficients):
        shifted = entries - offset
        total += torch.stack([(shifted * c.unsqueeze(-1)).T @ shifted for c in share.T])
    return torch.stack([_zero_sum(layer, matrix) for matrix in total])


def significant_components(layer: Layer, data: WeightedRows) -> int:
    """Eigenvalues of the correlation matrix of the rows above the Marchenko-Pastur edge.

    The edge (1 + sqrt(r))^2 is that of independent entries, r = entries / effective rows
    ((sum w)^2 / sum w^2); entries that do not vary are left out.
    """
    weights = data.weights.double()
    share = weights / weights.sum()
    mean = _mean(layer, data)
    covariance = share.new_zeros(layer.size, layer.size)
    for entries, part in _blocks(layer, data.data, share):
        covariance += ((entries - mean) * part.unsqueeze(-1)).T @ (entries - mean)
    deviation = covariance.diagonal().sqrt()
    varies = deviation > 0
    if not varies.any():
        return 0
    correlation = (covariance / torch.outer(deviation, deviation))[varies][:, varies]
    ratio = int(varies.sum()) * share.square().sum().item()
    edge = (1 + math.sqrt(ratio)) ** 2
    return int((torch.linalg.eigvalsh(correlation) > edge).sum())


def _coefficients(data: WeightedRows, targets: Tensor) -> Tensor:
    """Share of each row times its target counted from the mean, (B, K)."""
    share = (data.weights.double() / data.weights.double().sum()).unsqueeze(-1)
    return share * (targets - (share * targets).sum(0))


def _mean(layer: Layer, data: WeightedRows) -> Tensor:
    share = data.weights.double() / data.weights.double().sum()
    total = share.new_zeros(layer.size)
    for entries, part in _blocks(layer, data.data, share):
        total += part @ entries
    return total


def _blocks(layer: Layer, codes: Tensor, along: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Blocks of entries (b, N), float64, and of a tensor along the rows."""
    for first in range(0, codes.shape[0], BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        yield layer.expand(codes[block]).double(), along[block]


def _zero_sum(layer: Layer, matrix: Tensor) -> Tensor:
    half = layer.zero_sum(matrix)[0]
    return layer.zero_sum(half.T.contiguous())[0]
