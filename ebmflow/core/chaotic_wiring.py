"""Architectures of chaotic generators: which populations are linked, and the fixed couplings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Link = tuple[str, str]


class Dynamics(NamedTuple):
    """Time scales and step.

    Attributes
    ----------
    time_step : float
        dt, in the unit of `time_constant`.
    time_constant : float
        tau.
    steps : int
        T / dt, Euler steps of the phase with clamped data, and of the free phase.
    """

    time_step: float = 1.0
    time_constant: float = 10.0
    steps: int = 100

    @property
    def rate(self) -> float:
        """dt / tau."""
        return self.time_step / self.time_constant

    @property
    def memory(self) -> float:
        """e^(-T / tau), what is left at T of the start of an undriven unit."""
        return math.exp(-self.steps * self.rate)


def unrestricted_links(visible: Sequence[str]) -> dict[str, Link]:
    """Links of one layer with all connections: each group with itself, and every pair of groups."""
    own = {p: (p, p) for p in visible}
    return own | {f"{p}.{q}": (p, q) for p, q in itertools.combinations(visible, 2)}


def layered_links(visible: Sequence[str], hidden: Sequence[str]) -> dict[str, Link]:
    """Links of a stack of layers without connections inside one, named by their lower side."""
    first = {group: (group, hidden[0]) for group in visible}
    return first | {p: (p, q) for p, q in itertools.pairwise(hidden)}


def random_couplings(
    sizes: Mapping[str, int],
    links: Iterable[Link],
    deviation: float,
    generator: torch.Generator,
    *,
    self_coupling: bool = True,
) -> dict[Link, Tensor]:
    """Draw the fixed couplings R, independent in the two directions of a link.

    Parameters
    ----------
    sizes : mapping of int
        Population -> number of units.
    deviation : float
        Standard deviation of the entries, before the division by sqrt(N).
    self_coupling : bool
        Whether a unit may drive itself (the source excludes nothing).

    Returns
    -------
    dict of Tensor
        (target, source) -> (N_target, N_source).
    """
    couplings = {}
    for pair in dict.fromkeys(arrow for p, q in links for arrow in ((p, q), (q, p))):
        shape = (sizes[pair[0]], sizes[pair[1]])
        noise = torch.randn(shape, generator=generator, device=generator.device)
        couplings[pair] = noise.mul_(deviation)
        if pair[0] == pair[1] and not self_coupling:
            couplings[pair].fill_diagonal_(0)
    return couplings
