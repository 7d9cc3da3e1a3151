"""Exact sums over all configurations of small machines: log-partition function and moments.

The smaller of the two sides is enumerated, the other one is summed in closed form. All sums
accumulate in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.core.moments import Moments, moments
from ebmflow.core.rbm import RBM
from ebmflow.errors import NotEnumerable

LIMIT = 1 << 22
BLOCK = 1 << 14


def smaller_side(model: RBM, limit: int = LIMIT) -> str:
    """Return the side with fewer configurations, ``visible`` or ``hidden``; or NotEnumerable."""
    counts = {
        "visible": math.prod(layer.configurations() for layer in model.visible.values()),
        "hidden": model.hidden.configurations(),
    }
    side = min(counts, key=lambda name: counts[name])
    if counts[side] > limit:
        raise NotEnumerable(f"{side} side of the machine", counts[side], limit, "AIS or sampling")
    return side


def visible_configurations(
    layers: dict[str, Layer], block: int = BLOCK
) -> Iterator[dict[str, Tensor]]:
    """Yield all joint visible configurations in blocks, group -> codes (B, sites)."""
    total = int(math.prod(layer.configurations() for layer in layers.values()))
    for start in range(0, total, block):
        index = torch.arange(start, min(start + block, total))
        codes = {}
        for group, layer in layers.items():
            count = int(layer.configurations())
            codes[group] = layer.configuration(index % count)
            index = index // count
        yield codes


def _visible_blocks(model: RBM) -> Iterator[tuple[Tensor, dict[str, Tensor], Tensor]]:
    """Blocks of (ln unnormalised probability, visible codes, hidden means)."""
    for codes in visible_configurations(model.visible):
        inputs = model.inputs_to_hidden(codes)
        yield -model.free_energy(codes).double(), codes, model.hidden.mean(inputs)


def _hidden_blocks(model: RBM) -> Iterator[tuple[Tensor, Tensor, dict[str, Tensor]]]:
    """Blocks of (ln unnormalised probability, hidden entries, visible means)."""
    total = int(model.hidden.configurations())
    for start in range(0, total, BLOCK):
        codes = model.hidden.configuration(torch.arange(start, min(start + BLOCK, total)))
        entries = model.hidden.expand(codes)
        log_weight = -model.hidden.energy(codes).double()
        means = {}
        for group, layer in model.visible.items():
            inputs = model.inputs_to_visible(entries, group)
            log_weight = log_weight + layer.log_normaliser(inputs).double()
            means[group] = layer.mean(inputs)
        yield log_weight, entries, means


def log_partition(model: RBM, limit: int = LIMIT) -> float:
    """Exact ln Z of the joint distribution over all groups and hidden units, in nats."""
    blocks = _visible_blocks if smaller_side(model, limit) == "visible" else _hidden_blocks
    parts = [torch.logsumexp(block[0], 0) for block in blocks(model)]
    return torch.logsumexp(torch.stack(parts), 0).item()


def exact_moments(model: RBM, limit: int = LIMIT) -> Moments:
    """Exact moments <v>, <h>, <v h> of the model, by enumeration."""
    log_z = log_partition(model, limit)
    visible_side = smaller_side(model, limit) == "visible"
    parts = (
        _moments_over_visible(model, log_z) if visible_side else _moments_over_hidden(model, log_z)
    )
    return _add(list(parts))


def _moments_over_visible(model: RBM, log_z: float) -> Iterator[tuple[float, Moments]]:
    for log_weight, codes, hidden in _visible_blocks(model):
        probability = (log_weight - log_z).exp()
        block = moments(model.visible, codes, hidden, probability.to(hidden.dtype))
        yield probability.sum().item(), block


def _moments_over_hidden(model: RBM, log_z: float) -> Iterator[tuple[float, Moments]]:
    for log_weight, entries, means in _hidden_blocks(model):
        probability = (log_weight - log_z).exp()
        share = (probability / probability.sum()).to(entries.dtype)
        weighted = share.unsqueeze(-1) * entries
        block = Moments(
            visible={group: share @ mean for group, mean in means.items()},
            hidden=weighted.sum(0),
            pair={group: mean.T @ weighted for group, mean in means.items()},
        )
        yield probability.sum().item(), block


def _add(parts: list[tuple[float, Moments]]) -> Moments:
    """Sum of block moments times the probability of each block."""

    shares = [share for share, _ in parts]
    blocks = [block for _, block in parts]

    def total(blocks: list[Tensor]) -> Tensor:
        terms = [share * block.double() for share, block in zip(shares, blocks, strict=True)]
        return torch.stack(terms).sum(0).to(blocks[0].dtype)

    return Moments(
        visible={g: total([block.visible[g] for block in blocks]) for g in blocks[0].visible},
        hidden=total([block.hidden for block in blocks]),
        pair={g: total([block.pair[g] for block in blocks]) for g in blocks[0].pair},
    )
