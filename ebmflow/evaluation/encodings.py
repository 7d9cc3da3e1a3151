"""What metrics need to know about a kind of data: distances, inner products, visible vectors.

A row is stored as codes (sites); its visible vector x has `width` entries: 0/1 per site for binary
data, one-hot (sites * states) for categorical data, the numbers themselves for real data. The
one-hot form is built only for small blocks; inner products of one-hot rows are counts of equal
sites and come from Hamming distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from ebmflow.errors import DataError
from ebmflow.evaluation import distances


class Encoding(Protocol):
    """Visible vectors of one kind of data.

    Attributes
    ----------
    sites, width : int
        Columns of a row, and entries of its visible vector.
    scale, offset : float
        ``scale * x + offset`` is the vector with entries in [-1, 1].
    entry_group : int
        Entries that belong to one site; they are exclusive, hence trivially correlated.
    """

    sites: int
    width: int
    scale: float
    offset: float
    entry_group: int

    def pack(self, codes: np.ndarray) -> np.ndarray:
        """Rows in the form that `distance` takes."""

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Hamming or squared Euclidean distances (a, b) of packed rows."""

    def inner(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Inner products x.y, float64 (a, b), of packed rows."""

    def expand(self, codes: np.ndarray) -> np.ndarray:
        """Visible vectors (n, width), float32 for codes, float64 for numbers."""

    def mean(self, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Mean of x with weights (n,) that sum to one; float64 (width,)."""

    def project(self, codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """x.vector per row, float64 (n,)."""

    def rounded(self, codes: np.ndarray) -> np.ndarray:
        """Codes as small integers, uint8."""


@dataclass(frozen=True)
class Binary:
    """Codes 0 or 1; x is the row itself."""

    sites: int
    scale: ClassVar[float] = 2.0
    offset: ClassVar[float] = -1.0
    entry_group: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return self.sites

    def pack(self, codes: np.ndarray) -> np.ndarray:
        return distances.pack_bits(codes)

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return distances.differing_bits(left, right)

    def inner(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        # |x and y| = (|x| + |y| - |x xor y|) / 2
        ones_left = np.bitwise_count(left).sum(axis=1, dtype=float)
        ones_right = np.bitwise_count(right).sum(axis=1, dtype=float)
        return (ones_left[:, None] + ones_right - self.distance(left, right)) / 2

    def expand(self, codes: np.ndarray) -> np.ndarray:
        return codes.astype(np.float32)

    def mean(self, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return weights @ codes.astype(float)

    def project(self, codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
        return codes @ vector

    def rounded(self, codes: np.ndarray) -> np.ndarray:
        return codes


@dataclass(frozen=True)
class Categorical:
    """Codes 0 to states - 1; x is one-hot, site by site."""

    sites: int
    states: int
    scale: ClassVar[float] = 2.0
    offset: ClassVar[float] = -1.0

    @property
    def width(self) -> int:
        return self.sites * self.states

    @property
    def entry_group(self) -> int:
        return self.states

    def pack(self, codes: np.ndarray) -> np.ndarray:
        return distances.pack_bytes(codes)

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return distances.differing_bytes(left, right)

    def inner(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return self.sites - self.distance(left, right).astype(float)

    def _entries(self, codes: np.ndarray) -> np.ndarray:
        return codes + self.states * np.arange(self.sites)

    def expand(self, codes: np.ndarray) -> np.ndarray:
        one_hot = np.zeros((len(codes), self.width), dtype=np.float32)
        np.put_along_axis(one_hot, self._entries(codes), 1.0, axis=1)
        return one_hot

    def mean(self, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        entries = self._entries(codes).ravel()
        return np.bincount(entries, np.repeat(weights, self.sites), minlength=self.width)

    def project(self, codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
        return vector[self._entries(codes)].sum(axis=1)

    def rounded(self, codes: np.ndarray) -> np.ndarray:
        return codes


@dataclass(frozen=True)
class Real:
    """Numbers; x is the row itself, taken to lie in [-1, 1] already."""

    sites: int
    scale: ClassVar[float] = 1.0
    offset: ClassVar[float] = 0.0
    entry_group: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return self.sites

    def pack(self, codes: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(codes)

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return distances.squared_euclidean(left, right)

    def inner(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left.astype(float) @ right.astype(float).T

    def expand(self, codes: np.ndarray) -> np.ndarray:
        return codes.astype(float)

    def mean(self, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return weights @ codes.astype(float)

    def project(self, codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
        return codes.astype(float) @ vector

    def rounded(self, codes: np.ndarray) -> np.ndarray:
        # Half to even, as torch.round in the published code; shifted to fit unsigned bytes.
        return (np.clip(np.rint(codes), -128, 127) + 128).astype(np.uint8)


_ENCODINGS = {
    "binary": lambda sites, states: Binary(sites),
    "categorical": Categorical,
    "real": lambda sites, states: Real(sites),
}


def make_encoding(kind: str, sites: int, states: int) -> Encoding:
    """Return the encoding of a kind of data: ``binary``, ``categorical`` or ``real``."""
    if kind not in _ENCODINGS:
        raise DataError("state space", f"kind {kind!r}", "one of: " + ", ".join(_ENCODINGS))
    return _ENCODINGS[kind](sites, states)
