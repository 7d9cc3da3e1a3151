"""Missing labels: exact marginalisation in the positive phase, exact imputation for clamped chains.

Both work on copies; the data keep their code -1 (published code overwrites them in place).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.layers.base import uniform_numbers
from ebmflow.training.gradients.base import Batch

UNLABELLED = -1


def complete_batch(
    model: ContrastiveModel,
    data: Tensor,
    labels: Tensor | None,
    weights: Tensor,
    sweeps: int,
    generator: torch.Generator,
) -> Batch:
    """Build a batch whose rows all have labels.

    Parameters
    ----------
    data : Tensor, shape (B, sites)
    labels : Tensor of int64, shape (B,), or None
        -1 where missing; None for models without labels.
    weights : Tensor, shape (B,)
    sweeps : int
        Used by models that predict labels by chains.
    """
    if labels is None:
        visible = {"data": data}
        return Batch(visible, weights, visible, weights)
    missing = labels == UNLABELLED
    visible = {"data": data, "label": _codes(labels)}
    if not missing.any():
        return Batch(visible, weights, visible, weights)
    probabilities = model.predict_labels(data[missing], sweeps, generator)
    visible["label"] = _impute(labels, missing, probabilities, generator)
    positive, positive_weights = _marginalise(data, labels, weights, missing, probabilities)
    return Batch(visible, weights, positive, positive_weights)


def _codes(labels: Tensor) -> Tensor:
    """Label indices (B,) as codes (B, 1); missing ones become 0 and must be replaced."""
    return labels.clamp(min=0).to(torch.uint8).unsqueeze(-1)


def _impute(
    labels: Tensor, missing: Tensor, probabilities: Tensor, generator: torch.Generator
) -> Tensor:
    """Codes (B, 1) with missing labels drawn from p(label | data)."""
    cumulative = probabilities.cumsum(-1)
    level = uniform_numbers((probabilities.shape[0], 1), generator) * cumulative[:, -1:]
    drawn = (cumulative <= level).sum(-1).clamp_(max=probabilities.shape[1] - 1)
    complete = labels.clone()
    complete[missing] = drawn
    return _codes(complete)


def _marginalise(
    data: Tensor, labels: Tensor, weights: Tensor, missing: Tensor, probabilities: Tensor
) -> tuple[dict[str, Tensor], Tensor]:
    """Rows with a label, then every unlabelled row once per label with weight w p(label | data)."""
    classes = probabilities.shape[1]
    every = torch.arange(classes, device=labels.device).repeat(int(missing.sum()))
    positive = {
        "data": torch.cat([data[~missing], data[missing].repeat_interleave(classes, 0)]),
        "label": _codes(torch.cat([labels[~missing], every])),
    }
    spread = weights[missing].unsqueeze(-1) * probabilities
    return positive, torch.cat([weights[~missing], spread.flatten()])
