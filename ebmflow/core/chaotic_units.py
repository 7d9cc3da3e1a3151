"""How data enter and leave a chaotic generator, whose units have activities in [-1, 1].

Binary codes become -1 and +1, a categorical site becomes q units of which one is +1 and the others
are -1, real data in [-1, 1] are taken as they are. The source (Fournier, Urbani 2025) has real data
only; the other two maps, and labels as categorical sites, are ours.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ebmflow.space import StateSpace


class Units(ABC):
    """A visible group of a chaotic generator.

    Parameters
    ----------
    sites : int
        Columns of a configuration.
    states : int
        States of a site; 2 for binary, 0 for real sites.
    """

    entries_per_site = 1
    code_dtype = torch.uint8

    def __init__(self, sites: int, states: int) -> None:
        self.sites = sites
        self.states = states

    @property
    def size(self) -> int:
        """N, number of units."""
        return self.sites * self.entries_per_site

    @abstractmethod
    def expand(self, codes: Tensor) -> Tensor:
        """Codes (B, sites) -> activities (B, size) in [-1, 1]."""

    @abstractmethod
    def read(self, currents: Tensor) -> Tensor:
        """Currents (B, size) -> codes (B, sites) of their activities."""


class SignUnits(Units):
    """One unit a binary site; a positive activity reads 1."""

    def expand(self, codes: Tensor) -> Tensor:
        return 2 * codes.to(torch.get_default_dtype()) - 1

    def read(self, currents: Tensor) -> Tensor:
        return (currents > 0).to(self.code_dtype)


class OneHotUnits(Units):
    """One unit a state of a categorical site; the most active one is read."""

    def __init__(self, sites: int, states: int) -> None:
        super().__init__(sites, states)
        self.entries_per_site = states

    def expand(self, codes: Tensor) -> Tensor:
        hot = one_hot(codes.long(), self.states).flatten(-2)
        return 2 * hot.to(torch.get_default_dtype()) - 1

    def read(self, currents: Tensor) -> Tensor:
        by_site = currents.reshape(*currents.shape[:-1], self.sites, self.states)
        return by_site.argmax(-1).to(self.code_dtype)


class RealUnits(Units):
    """One unit a real site in [-1, 1]; the activity itself is read."""

    code_dtype = torch.float32

    def expand(self, codes: Tensor) -> Tensor:
        return codes.to(torch.get_default_dtype())

    def read(self, currents: Tensor) -> Tensor:
        return torch.tanh(currents)


_UNITS: dict[str, Callable[[int, int], Units]] = {
    "binary": SignUnits,
    "categorical": OneHotUnits,
    "real": RealUnits,
}


def visible_units(space: StateSpace, *, labels: bool) -> dict[str, Units]:
    """Visible groups of a state space: ``data`` and, if wanted, ``label`` (a site of C states)."""
    groups: dict[str, Units] = {"data": _UNITS[space.kind](space.sites, space.states)}
    if labels:
        groups["label"] = OneHotUnits(1, space.classes)
    return groups
