"""A set of rows that metrics compare with another one, and what was already computed on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ebmflow.evaluation.encodings import Encoding


@dataclass(frozen=True, eq=False)
class RowSet:
    """Rows of data or of a model.

    Attributes
    ----------
    codes : ndarray, uint8 or float32 (n, sites)
    encoding : Encoding
    weights : ndarray (n,)
        Weights of the rows, any positive scale.
    labels : ndarray of int (n,)
        -1 where unlabelled.
    energies : ndarray (n,) or None
        Free energies in nats, where a model is at hand.
    sources : ndarray (n, sites) or None
        Rows of data that generated rows started from, before these were corrupted.
    origin : object
        Shared by all subsets of one set.
    index : ndarray of int (n,)
        Places of the rows in the set they were taken from.
    memo : dict
        Results that several comparisons share, see :meth:`remember`.
    """

    codes: np.ndarray
    encoding: Encoding
    weights: np.ndarray
    labels: np.ndarray
    energies: np.ndarray | None = None
    sources: np.ndarray | None = None
    origin: object = field(default_factory=object, repr=False)
    index: np.ndarray | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.index is None:
            object.__setattr__(self, "index", np.arange(len(self.codes)))

    @classmethod
    def plain(cls, codes: np.ndarray, encoding: Encoding) -> RowSet:
        """Return unlabelled rows of equal weight."""
        return cls(codes, encoding, np.ones(len(codes)), np.full(len(codes), -1))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, index: np.ndarray) -> RowSet:
        """Return the rows of an index or mask, in its order; nothing is remembered for them."""
        return RowSet(
            self.codes[index],
            self.encoding,
            self.weights[index],
            self.labels[index],
            None if self.energies is None else self.energies[index],
            None if self.sources is None else self.sources[index],
            self.origin,
            self.index[index],
        )

    def part(self, index: np.ndarray) -> RowSet:
        """Return chosen rows as a set of their own, with its own origin."""
        return replace(self.take(index), origin=object(), index=None)

    def with_energies(self, energies: np.ndarray) -> RowSet:
        """Return the rows with free energies (n,); nothing is remembered for them."""
        return replace(self, energies=energies, memo={})

    def remember(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` returned the first time it was asked for under `name`.

        Reference rows are compared with many generated sets (ages x times); their spectrum or
        their own neighbours need computing once.
        """
        if name not in self.memo:
            self.memo[name] = compute()
        return self.memo[name]

    @property
    def packed(self) -> np.ndarray:
        """Rows in the form that the encoding's `distance` takes."""
        return self.remember("packed", lambda: self.encoding.pack(self.codes))

    @property
    def has_weights(self) -> bool:
        """Whether the weights differ between rows."""
        return len(self) > 0 and bool(np.ptp(self.weights) > 0)


def row_keys(codes: np.ndarray) -> np.ndarray:
    """Return one opaque scalar per row, equal if and only if the rows are equal byte by byte."""
    codes = np.ascontiguousarray(codes)
    return codes.view(np.dtype((np.void, codes.dtype.itemsize * codes.shape[1]))).ravel()
