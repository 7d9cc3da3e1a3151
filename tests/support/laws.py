"""Empirical laws of chains of small machines against enumerated ones."""

from __future__ import annotations

import math

import torch


def index_of(model, visible):
    """Place of each row in the enumeration of all visible configurations, (B,)."""
    rows = next(iter(visible.values())).shape[0]
    index, factor = torch.zeros(rows, dtype=torch.int64), 1
    for group, layer in model.visible.items():
        powers = torch.tensor([layer.states**site for site in range(layer.sites)])
        index += factor * (visible[group].long() * powers).sum(-1)
        factor *= layer.configurations()
    return index


def distance_from(p, index):
    """Total variation between counts of places and p, and what noise alone can reach.

    The latter is its mean under noise alone and four deviations of its largest term.
    """
    rows = len(index)
    counts = torch.bincount(index, minlength=len(p)).double() / rows
    deviation = (p * (1 - p) / rows).sqrt()
    floor = deviation.sum().item() * math.sqrt(2 / math.pi) / 2
    return (counts - p).abs().sum().item() / 2, floor + 4 * deviation.max().item()
