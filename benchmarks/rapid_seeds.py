"""In how many of many runs RAPID gets stuck on 4 x 4 bars, and what that depends on.

A transcription of the published algorithm of its own (Pozas-Kerstjens et al. 2021, Algorithm 1, and
the code published with it), all runs at once: `python -m benchmarks.rapid_seeds`. Printed for each
variant: share of runs that complete the training pictures (distance below 0.01) and that are stuck
(above 0.03), after 30 and after the last epoch. About a minute on one core.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import torch
from torch import Tensor

HELD_OUT = {(1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)}
LEARNT, STUCK = 0.01, 0.03


class Variant(NamedTuple):
    """What is varied; the defaults are the published settings."""

    units: int = 1000
    patterns: int = 8
    rate: float = 0.02
    decay: float = 0.96
    last_batch: bool = True
    negative: str = "summed"
    binarise: str = "sign"
    sweeps: int = 0


VARIANTS = {
    "published code": Variant(),
    "without the incomplete batch (ours)": Variant(last_batch=False),
    "hidden part of the patterns (Eq. 6)": Variant(negative="patterns"),
    "decay 0.9": Variant(decay=0.9),
    "decay 0.98": Variant(decay=0.98),
    "rate 0.01": Variant(rate=0.01),
    "rate 0.05": Variant(rate=0.05),
    "K = 4": Variant(patterns=4),
    "K = 10": Variant(patterns=10),
    "K = 16": Variant(patterns=16),
    "one Gibbs sweep": Variant(sweeps=1),
    "clipped instead of signs": Variant(binarise="clip"),
    "H = 200, rate 0.1": Variant(units=200, rate=0.1),
}


def pictures() -> Tensor:
    """The ten training pictures, (10, 16), entries -1 and 1."""
    columns = [c for c in itertools.product((0, 1), repeat=4) if 0 < sum(c) < 4]
    rows = [list(c) * 4 for c in columns if c not in HELD_OUT]
    return 2 * torch.tensor(rows, dtype=torch.float32) - 1


def signs(values: Tensor) -> Tensor:
    """Signs, +1 for 0."""
    return torch.where(values >= 0, 1.0, -1.0)


def draw(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """Spins given their inputs."""
    up = torch.rand(inputs.shape, generator=generator) < torch.sigmoid(2 * inputs)
    return 2 * up.float() - 1


def distances(visible: Tensor, hidden: Tensor, generator: torch.Generator) -> Tensor:
    """Distance per site, (runs,), of training pictures completed from their top row."""
    weights = visible.transpose(1, 2) @ hidden / math.sqrt(visible.shape[1])
    wanted = pictures().repeat(20, 1)
    start = wanted.clone()
    start[:, 4:] = 0
    found = draw(draw(start @ weights, generator) @ weights.transpose(1, 2), generator)
    found[:, :, :4] = wanted[:, :4]
    return (found != wanted).float().mean((1, 2))


def train(one: Variant, runs: int, epochs: int, reported: set[int]) -> dict[int, Tensor]:
    """Epoch -> distances (runs,) of runs that differ by their random numbers only."""
    generator = torch.Generator().manual_seed(0)
    rows, batch, scale = pictures(), 3, math.sqrt(one.patterns)
    visible = signs(torch.rand((runs, one.patterns, 16), generator=generator) - 0.5)
    hidden = signs(torch.rand((runs, one.patterns, one.units), generator=generator) - 0.5)
    stop = len(rows) if one.last_batch else len(rows) // batch * batch
    found = {}
    for epoch in range(epochs):
        order = torch.rand((runs, len(rows)), generator=generator).argsort(1)
        rate = max(one.rate * one.decay**epoch, 1e-5)
        for first in range(0, stop, batch):
            data = rows[order[:, first : first + batch]]
            weights = visible.transpose(1, 2) @ hidden / scale
            # The published code divides the incomplete batch by the size of the first one.
            change = data.transpose(1, 2) @ torch.tanh(data @ weights) / batch
            change = change - negative(one, visible, hidden, weights, generator)
            steps = hidden @ change.transpose(1, 2), visible @ change
            visible = visible + rate * steps[0] / scale
            hidden = hidden + rate * steps[1] / scale
            if one.binarise == "clip":
                visible, hidden = visible.clamp(-1, 1), hidden.clamp(-1, 1)
        if one.binarise == "sign":
            visible, hidden = signs(visible), signs(hidden)
        if epoch + 1 in reported:
            found[epoch + 1] = distances(visible, hidden, generator)
    return found


def negative(
    one: Variant, visible: Tensor, hidden: Tensor, weights: Tensor, generator: torch.Generator
) -> Tensor:
    """Correlations (runs, 16, H) of the negative phase."""
    seeds = signs(visible)
    for _ in range(one.sweeps):
        seeds = draw(draw(seeds @ weights, generator) @ weights.transpose(1, 2), generator)
    means = signs(hidden) if one.negative == "patterns" else torch.tanh(seeds @ weights)
    return seeds.transpose(1, 2) @ means / one.patterns


def main(runs: int = 100, epochs: int = 100) -> None:
    """Print one line a variant."""
    torch.set_num_threads(1)
    print(f"{'':38s}{'epoch 30':>18s}{f'epoch {epochs}':>18s}")
    for name, one in VARIANTS.items():
        found = train(one, runs, epochs, {30, epochs})
        shares = [
            f"{(d < LEARNT).float().mean():9.2f}{(d > STUCK).float().mean():9.2f}"
            for d in found.values()
        ]
        print(f"{name:38s}" + "".join(shares), flush=True)


if __name__ == "__main__":
    main()
