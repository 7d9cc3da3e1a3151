"""The interface of a split."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from ebmflow.options import Options


@dataclass(frozen=True)
class SplitInput:
    """What a split may look at, all of n rows.

    Attributes
    ----------
    codes : ndarray, shape (n, L)
    labels : ndarray of int64, shape (n,)
        -1: unlabelled.
    label_names : tuple of str
    groups : ndarray of object, shape (n,)
        Group name, or None for a row of its own.
    given : ndarray of object, shape (n,)
        The source's own split, or None.
    """

    codes: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...]
    groups: np.ndarray
    given: np.ndarray


class Split(Options, ABC):
    """How rows are divided. Options are the fields of the subclass."""

    seed: int = Field(0, description="Seed of the draw; independent of the seed of a run.")

    @abstractmethod
    def test_rows(self, rows: SplitInput, *, threads: int = 1) -> np.ndarray:
        """Return which rows are test rows, bool, shape (n,)."""
