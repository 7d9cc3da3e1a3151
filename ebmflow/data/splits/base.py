"""The interface of a split."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from ebmflow.data.thresholds import largest_count
from ebmflow.errors import DataError
from ebmflow.options import Options, Scaled


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

    def __len__(self) -> int:
        return len(self.codes)


class Split(Options, ABC):
    """How rows are divided. Options are the fields of the subclass."""

    @abstractmethod
    def test_rows(self, rows: SplitInput) -> np.ndarray:
        """Return which rows are test rows, bool, shape (n,)."""

    def wanted(self, rows: int) -> int | None:
        """Return how many test rows are asked for among `rows`, or None if that is not said."""
        return None


class DrawnSplit(Split):
    """A split that is drawn; its seed is its own, so that all runs share it."""

    test_fraction: float | None = Field(
        None, gt=0, lt=1,
        description="Fraction of rows held out, rounded down; default 0.2.",
    )  # fmt: skip
    test_size: Annotated[int | None, Scaled(least=10)] = Field(
        None, ge=1, description="Number of rows held out, instead of a fraction."
    )
    seed: int = Field(0, description="Seed of the draw; independent of the seed of a run.")

    @model_validator(mode="after")
    def _one_size(self) -> DrawnSplit:
        if self.test_fraction is not None and self.test_size is not None:
            raise ValueError("test_fraction and test_size exclude each other")
        return self

    def wanted(self, rows: int) -> int | None:
        return self.size_of(rows)

    def size_of(self, rows: int) -> int:
        """Return the number of test rows among `rows`; at least one row stays on each side."""
        wanted = self.test_size
        if wanted is None:
            fraction = 0.2 if self.test_fraction is None else self.test_fraction
            wanted = max(1, largest_count(fraction, rows))
        if not 0 < wanted < rows:
            raise DataError(
                "dataset, split", f"{wanted} test rows of {rows} rows",
                "at least one row on each side", "change split.test_size or split.test_fraction",
            )  # fmt: skip
        return wanted


def share_out(total: int, sizes: np.ndarray) -> np.ndarray:
    """Return whole shares of `total` proportional to `sizes`, at most size - 1 each where possible.

    Shares are rounded down, then the largest remainders get one more, the larger class first in a
    tie.

    Parameters
    ----------
    total : int
    sizes : ndarray of int64, shape (k,)
    """
    exact = total * sizes
    shares = exact // sizes.sum()
    order = np.lexsort((-sizes, -(exact % sizes.sum())))
    shares[order[: total - shares.sum()]] += 1
    return shares
