"""Exact sums over all configurations of small machines: log-partition function and moments.

The smaller of the two sides is enumerated, the other one is summed in closed form. All sums
accumulate in float64. Spins without fields have the same energy when all of them are flipped: half
of their visible configurations are enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer
from ebmflow.core.moments import Moments, moments
from ebmflow.core.rbm import RBM
from ebmflow.errors import NotEnumerable

LIMIT = 1 << 22
BLOCK = 1 << 14
# Blocks of this many numbers stay in the cache of a processor.
BLOCK_NUMBERS = 1 << 17


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
    layers: Mapping[str, Layer], block: int = BLOCK, *, half: bool = False
) -> Iterator[dict[str, Tensor]]:
    """Yield joint visible configurations in blocks, group -> codes (B, sites).

    Parameters
    ----------
    half : bool
        Only one of each pair of opposite configurations of two-state sites.
    """
    total = int(math.prod(layer.configurations() for layer in layers.values()))
    # Opposite configurations have the numbers n and total - 1 - n.
    stop = total // 2 if half else total
    for start in range(0, stop, block):
        index = torch.arange(start, min(start + block, stop))
        codes = {}
        for group, layer in layers.items():
            count = int(layer.configurations())
            codes[group] = layer.configuration(index % count)
            index = index // count
        yield codes


def is_mirrored(model: RBM) -> bool:
    """Whether flipping all units changes no energy: spins without fields."""
    return all(
        layer.kind == "spin" and not layer.has_field
        for layer in (*model.visible.values(), model.hidden)
    )


def _visible_blocks(model: RBM) -> Iterator[tuple[Tensor, dict[str, Tensor], Tensor]]:
    """Blocks of (ln unnormalised probability, visible codes, hidden inputs).

    Of mirrored machines half of the configurations, each standing for two.
    """
    half = is_mirrored(model)
    block = min(BLOCK, max(1, BLOCK_NUMBERS // model.hidden.size))
    for codes in visible_configurations(model.visible, block, half=half):
        inputs = model.inputs_to_hidden(codes)
        energies = [layer.energy(codes[group]) for group, layer in model.visible.items()]
        log_weight = model.hidden.log_normaliser(inputs) - torch.stack(energies).sum(0)
        yield log_weight.double() + half * math.log(2), codes, inputs


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
    if smaller_side(model, limit) == "hidden":
        return _add(list(_moments_over_hidden(model)))
    found = _add(list(_moments_over_visible(model)))
    if not is_mirrored(model):
        return found
    visible = {group: torch.zeros_like(mean) for group, mean in found.visible.items()}
    return Moments(visible, torch.zeros_like(found.hidden), found.pair)


# Every block is normalised by itself: one pass suffices, and the blocks are weighted at the end.


def _moments_over_visible(model: RBM) -> Iterator[tuple[Tensor, Moments]]:
    for log_weight, codes, inputs in _visible_blocks(model):
        hidden = model.hidden.mean(inputs)
        share = torch.softmax(log_weight, 0).to(hidden.dtype)
        yield torch.logsumexp(log_weight, 0), moments(model.visible, codes, hidden, share)


def _moments_over_hidden(model: RBM) -> Iterator[tuple[Tensor, Moments]]:
    for log_weight, entries, means in _hidden_blocks(model):
        share = torch.softmax(log_weight, 0).to(entries.dtype)
        weighted = share.unsqueeze(-1) * entries
        block = Moments(
            visible={group: share @ mean for group, mean in means.items()},
            hidden=weighted.sum(0),
            pair={group: mean.T @ weighted for group, mean in means.items()},
        )
        yield torch.logsumexp(log_weight, 0), block


def _add(parts: list[tuple[Tensor, Moments]]) -> Moments:
    """Sum of block moments times the probability of each block, given as its logarithm."""
    shares = torch.softmax(torch.stack([log_share for log_share, _ in parts]), 0).tolist()
    blocks = [block for _, block in parts]

    def total(blocks: list[Tensor]) -> Tensor:
        terms = [share * block.double() for share, block in zip(shares, blocks, strict=True)]
        return torch.stack(terms).sum(0).to(blocks[0].dtype)

    return Moments(
        visible={g: total([block.visible[g] for block in blocks]) for g in blocks[0].visible},
        hidden=total([block.hidden for block in blocks]),
        pair={g: total([block.pair[g] for block in blocks]) for g in blocks[0].pair},
    )
