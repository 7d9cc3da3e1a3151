"""A prepared dataset in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.encoding import decode
from ebmflow.data.letters import Letters
from ebmflow.errors import DataError
from ebmflow.space import StateSpace

UNLABELLED = -1


@dataclass(frozen=True)
class Dataset:
    """Coded rows with labels, weights and their side of the split.

    Attributes
    ----------
    name : str
    alphabet : Alphabet
    codes : ndarray of uint8 (float32 for real data), shape (n, L)
    names : ndarray of str (object), shape (n,)
    labels : ndarray of int64, shape (n,)
        Index into `label_names`; -1: unlabelled.
    label_names : tuple of str
    weights : ndarray of float64, shape (n,)
    groups : ndarray of object, shape (n,)
        Rows of one group stay on one side of a grouped split; None: a row of its own.
    split : ndarray of str (object), shape (n,)
        ``train`` or ``test``.
    facts : dict
        Metadata of the file: title, kept columns, counts, provenance.
    """

    name: str
    alphabet: Alphabet
    codes: np.ndarray
    names: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...]
    weights: np.ndarray
    groups: np.ndarray
    split: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def space(self) -> StateSpace:
        """What a model must know about the data."""
        sites = self.codes.shape[1]
        return StateSpace(self.alphabet.kind, sites, self.alphabet.states, len(self.label_names))

    def rows(self, index: np.ndarray) -> Dataset:
        """Return some rows, by integer or boolean index."""
        columns = ("codes", "names", "labels", "weights", "groups", "split")
        return replace(self, **{column: getattr(self, column)[index] for column in columns})

    def part(self, side: str) -> Dataset:
        """Return the rows of one side of the split, ``train`` or ``test``."""
        chosen = self.split == side
        if side not in ("train", "test") or not chosen.any():
            sides = {str(value): int((self.split == value).sum()) for value in set(self.split)}
            raise DataError(f"dataset {self.name}", f"no rows in part {side!r}", f"one of {sides}")
        return self.rows(chosen)

    def letters(self) -> Letters:
        """Return the rows as letters (not for real data)."""
        return decode(self.codes, self.alphabet)
