"""Rows of letters, of equal or unequal length, as one flat array of bytes.

50,000 Python strings cost more than the bytes in them; here a row is a slice, and whole-table
operations (upper case, removing insertions, matrices) are single NumPy calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np


class Letters(Sequence[str]):
    """An immutable sequence of ASCII strings.

    Parameters
    ----------
    flat : ndarray of uint8, shape (total,)
        Bytes of all rows, one after the other.
    offsets : ndarray of int64, shape (n + 1,)
        Row i is ``flat[offsets[i]:offsets[i + 1]]``.
    """

    def __init__(self, flat: np.ndarray, offsets: np.ndarray) -> None:
        self.flat = flat
        self.offsets = np.asarray(offsets, dtype=np.int64)

    @classmethod
    def of(cls, rows: Iterable[str]) -> Letters:
        """Return `rows` as Letters; letters that are not ASCII become ``?``."""
        if isinstance(rows, Letters):
            return rows
        pieces = [row.encode("ascii", "replace") for row in rows]
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        return cls.of_lengths(np.frombuffer(b"".join(pieces), np.uint8), lengths)

    @classmethod
    def of_lengths(cls, flat: np.ndarray, lengths: np.ndarray) -> Letters:
        """Return rows of the given lengths."""
        return cls(flat, np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))))

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> Letters:
        """Return the rows of a matrix of ASCII bytes, shape (n, L)."""
        n, width = matrix.shape
        return cls(np.ascontiguousarray(matrix).reshape(-1), np.arange(n + 1) * width)

    @property
    def lengths(self) -> np.ndarray:
        """Letters in each row, int64, shape (n,)."""
        return np.diff(self.offsets)

    @property
    def width(self) -> int | None:
        """Length of every row, or None if the lengths differ (or there is no row)."""
        lengths = self.lengths
        return int(lengths[0]) if len(lengths) and (lengths == lengths[0]).all() else None

    def matrix(self) -> np.ndarray:
        """Return the bytes as a matrix, uint8, shape (n, L); rows must be of equal length."""
        width = self.width
        if width is None:
            raise ValueError("rows of unequal length are no matrix")
        return self.flat.reshape(len(self), width)

    def keep(self, wanted: np.ndarray) -> Letters:
        """Return the rows without the letters whose entry in `wanted` (bool, (256,)) is False."""
        kept = wanted[self.flat]
        if kept.all():
            return self
        # Empty rows have no first letter at which a sum could begin.
        lengths = np.zeros(len(self), np.int64)
        filled = self.lengths > 0
        lengths[filled] = np.add.reduceat(kept, self.offsets[:-1][filled], dtype=np.int64)
        return Letters.of_lengths(self.flat[kept], lengths)

    def translate(self, table: np.ndarray) -> Letters:
        """Return the rows with every letter replaced by its entry in `table` (uint8, (256,))."""
        return Letters(table[self.flat], self.offsets)

    def take(self, index: np.ndarray) -> Letters:
        """Return some rows, by integer or boolean index."""
        if self.width:
            return Letters.of_matrix(self.matrix()[index])
        index = np.arange(len(self))[index]
        starts, lengths = self.offsets[index], self.lengths[index]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return Letters(self.flat[places], offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        index = range(len(self))[index]
        return self.flat[self.offsets[index] : self.offsets[index + 1]].tobytes().decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        text = self.flat.tobytes().decode("latin-1")
        places = self.offsets.tolist()
        return (text[a:b] for a, b in pairwise(places))
