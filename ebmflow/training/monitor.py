"""Scores on held-out rows while a model trains: cheap, enough to see success or collapse."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.training.families.base import TrainingData

ROWS = 500
ENTRIES = 400


def held_out_scores(
    model: ContrastiveModel, held_out: TrainingData, sweeps: int, generator: torch.Generator
) -> dict[str, float]:
    """Label accuracy and moment error of the present model.

    Parameters
    ----------
    held_out : TrainingData
        Rows not trained on; at most the first 500 are used.
    sweeps : int
        Sweeps of generation, the trained number.

    Returns
    -------
    dict
        ``label_accuracy``: fraction of labelled rows whose label is predicted; NaN without labels.
        ``monitor``: root mean squared difference of the covariances of generated rows (labels
        clamped to those of the held-out rows) and held-out rows, over pairs of at most 400 entries.
    """
    rows = min(ROWS, held_out.data.shape[0])
    data = held_out.data[:rows]
    labels = None if held_out.labels is None else held_out.labels[:rows]
    generated = _generate(model, rows, labels, sweeps, generator)
    return {
        "label_accuracy": _label_accuracy(model, data, labels, sweeps, generator),
        "monitor": _covariance_error(model, data, generated),
    }


def _generate(
    model: ContrastiveModel,
    rows: int,
    labels: Tensor | None,
    sweeps: int,
    generator: torch.Generator,
) -> Tensor:
    chains = model.random_chains(rows, generator)
    clamp: frozenset[str] = frozenset()
    if labels is not None and (labels >= 0).all():
        chains = model.clamp(chains, {"label": labels.to(torch.uint8).unsqueeze(-1)})
        clamp = frozenset({"label"})
    return model.codes(model.advance(chains, sweeps, generator, clamp=clamp))["data"]


def _label_accuracy(
    model: ContrastiveModel,
    data: Tensor,
    labels: Tensor | None,
    sweeps: int,
    generator: torch.Generator,
) -> float:
    if labels is None or not (labels >= 0).any():
        return math.nan
    known = labels >= 0
    predicted = model.predict_labels(data[known], sweeps, generator).argmax(-1)
    return (predicted == labels[known]).double().mean().item()


def _covariance_error(model: ContrastiveModel, data: Tensor, generated: Tensor) -> float:
    layer = model.visible["data"]
    difference = _covariance(layer.expand(data)) - _covariance(layer.expand(generated))
    return difference.square().mean().sqrt().item()


def _covariance(entries: Tensor) -> Tensor:
    # Evenly spread entries, always the same ones: long one-hot rows would need gigabytes.
    stride = math.ceil(entries.shape[1] / ENTRIES)
    chosen = entries[:, ::stride].double()
    centred = chosen - chosen.mean(0)
    return centred.T @ centred / entries.shape[0]
