"""Random splits: of all rows, within each class, or with given numbers per class."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ebmflow.data.splits.base import DrawnSplit, Split, SplitInput, share_out
from ebmflow.data.thresholds import largest_count
from ebmflow.errors import DataError
from ebmflow.options import Scaled
from ebmflow.randomness import numpy_stream
from ebmflow.registry import register


@register("split", "random")
class RandomSplit(DrawnSplit):
    """Rows drawn without regard to labels or groups."""

    def test_rows(self, rows: SplitInput) -> np.ndarray:
        chosen = np.zeros(len(rows), dtype=bool)
        order = numpy_stream(self.seed, "split", "random").permutation(len(rows))
        chosen[order[: self.size_of(len(rows))]] = True
        return chosen


@register("split", "stratified")
class StratifiedSplit(DrawnSplit):
    """The same fraction of every class (and of the unlabelled rows), rounded down, at least one.

    With 0.2, this gives the class counts of GH30 in the F&F paper.
    """

    def test_rows(self, rows: SplitInput) -> np.ndarray:
        self.size_of(len(rows))
        strata, index, sizes = np.unique(rows.labels, return_inverse=True, return_counts=True)
        if self.test_size is None:
            fraction = 0.2 if self.test_fraction is None else self.test_fraction
            shares = np.array([largest_count(fraction, int(size)) for size in sizes])
        else:
            shares = share_out(self.test_size, sizes)
        shares = np.where(strata >= 0, np.maximum(shares, 1), shares)
        shares = np.minimum(shares, sizes - 1)
        return draw_per_stratum(index, shares, numpy_stream(self.seed, "split", "stratified"))


@register("split", "per_label")
class PerLabelSplit(Split):
    """A given number of test rows of each class; unlabelled rows are for training.

    Re-draws a published split of which only the numbers are known. It takes no account of groups.
    """

    test: Annotated[dict[str, int], Scaled(least=10)] = Field(
        description="Label -> number of test rows."
    )
    seed: int = Field(0, description="Seed of the draw; independent of the seed of a run.")

    def test_rows(self, rows: SplitInput) -> np.ndarray:
        unknown = [name for name in self.test if name not in rows.label_names]
        if unknown:
            raise DataError(
                "dataset, split.test", f"no label {unknown[0]!r}",
                f"one of: {', '.join(rows.label_names)}",
            )  # fmt: skip
        shares = np.array([self.test.get(name, 0) for name in rows.label_names])
        sizes = np.bincount(rows.labels[rows.labels >= 0], minlength=len(shares))
        for name, share, size in zip(rows.label_names, shares, sizes, strict=True):
            if not 0 <= share < size:
                raise DataError(
                    f"dataset, split.test.{name}", f"{share} test rows of {size}",
                    "some left for training",
                )  # fmt: skip
        index = np.where(rows.labels < 0, len(shares), rows.labels)
        return draw_per_stratum(
            index, np.append(shares, 0), numpy_stream(self.seed, "split", "per_label")
        )


def draw_per_stratum(
    index: np.ndarray, shares: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Draw ``shares[k]`` of the rows whose index is k; return which rows, bool, shape (n,)."""
    chosen = np.zeros(len(index), dtype=bool)
    for stratum, share in enumerate(shares):
        members = np.flatnonzero(index == stratum)
        chosen[generator.permutation(members)[:share]] = True
    return chosen
