"""Rows, layers and label vectors for tests of constraints."""

from __future__ import annotations

import torch

from ebmflow.registry import component
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_vectors,
    labelled_rows,
)
from ebmflow.training.families.base import TrainingData, make_layer

SITES, UNITS, CLASSES = 6, 5, 3
KINDS = ("bernoulli", "spin", "potts")
LINEAR, QUADRATIC = component("constraint", "linear"), component("constraint", "quadratic")


def layer_of(kind):
    """Return a layer of SITES sites."""
    return make_layer(kind, SITES, 4 if kind == "potts" else 2)


def rows(kind="bernoulli", number=60, classes=CLASSES, seed=0, unlabelled=True):
    """Rows whose first sites depend on the label, a fifth of them unlabelled, unequal weights."""
    generator = torch.Generator().manual_seed(seed)
    states = 4 if kind == "potts" else 2
    labels = torch.arange(number) % classes
    codes = torch.randint(states, (number, SITES), generator=generator)
    same = torch.rand((number, classes), generator=generator) < 0.8
    for label in range(classes):
        codes[:, label] = torch.where(
            same[:, label], (labels == label).long() * (states - 1), codes[:, label]
        )
    known = labels.clone()
    if unlabelled:
        known[::5] = -1
    weights = torch.rand(number, generator=generator) + 0.1
    return TrainingData(codes.to(torch.uint8), known, weights)


def weights_of(layer, seed=1):
    return torch.randn((layer.size, UNITS), generator=torch.Generator().manual_seed(seed))


def vectors_of(layer, data):
    known = labelled_rows(data)
    return covariance_vectors(layer, known, class_indicators(known.labels))
