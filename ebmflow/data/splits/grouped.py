"""Splits that keep related rows together: haplotypes of a person, similar sequences."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.splits.base import DrawnSplit, SplitInput, share_out
from ebmflow.data.thresholds import largest_distance
from ebmflow.errors import DataError
from ebmflow.randomness import numpy_stream
from ebmflow.registry import register


@register("split", "grouped")
class GroupedSplit(DrawnSplit):
    """Whole groups on one side, drawn within each class as long as they fit into its share.

    A group belongs to the class of most of its rows. Groups larger than the share that is left
    are passed over, so a side may come out smaller than asked for: the counts table tells.
    """

    by: Literal["group", "cluster"] = Field(
        "group",
        description="`group`: the source's groups (the person of a haplotype); `cluster`: rows "
        "linked by a chain of neighbours of at least `identity_threshold`.",
    )
    identity_threshold: float = Field(
        0.8, gt=0, le=1, description="Fraction of equal sites that links two rows; for clusters."
    )

    def test_rows(self, rows: SplitInput) -> np.ndarray:
        groups = self._group_numbers(rows)
        sizes = np.bincount(groups)
        if len(sizes) < 2:
            raise DataError(
                "dataset, split", f"all {len(rows)} rows are in one group", "two or more groups",
                self._advice("or use another kind of split"),
            )  # fmt: skip
        classes = _classes_of_groups(groups, rows.labels)
        _, strata = np.unique(classes, return_inverse=True)
        rows_in = np.bincount(strata, weights=sizes).astype(np.int64)
        shares = share_out(self.size_of(len(rows)), rows_in)
        order = numpy_stream(self.seed, "split", "grouped").permutation(len(sizes))
        in_test = np.zeros(len(sizes), dtype=bool)
        for group in order:
            if sizes[group] <= shares[strata[group]]:
                in_test[group] = True
                shares[strata[group]] -= sizes[group]
        if not in_test.any():
            raise DataError(
                "dataset, split",
                f"the smallest of {len(sizes)} groups has {sizes.min()} rows, more than any share",
                "groups that fit", self._advice("or raise split.test_fraction"),
            )  # fmt: skip
        return in_test[groups]

    def _advice(self, other: str) -> str:
        smaller = "raise split.identity_threshold" if self.by == "cluster" else "add more groups"
        return f"{smaller}, {other}"

    def _group_numbers(self, rows: SplitInput) -> np.ndarray:
        if self.by == "cluster":
            from ebmflow.data.neighbours import linked_groups  # compiles

            limit = largest_distance(self.identity_threshold, rows.codes.shape[1])
            return linked_groups(rows.codes, limit)
        named = pd.Series(rows.groups, dtype=object)
        if named.isna().all():
            raise DataError(
                "dataset, split.by", "the rows have no groups", "groups from the source",
                "set split.by to cluster, or use another kind of split",
            )  # fmt: skip
        numbers, names = pd.factorize(named)
        alone = numbers < 0
        numbers[alone] = len(names) + np.arange(alone.sum())
        return numbers


def _classes_of_groups(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Most frequent label of each group, shape (groups,); the smaller number in a tie."""
    votes = pd.DataFrame({"group": groups, "label": labels}).value_counts(["group", "label"])
    votes = votes.reset_index().sort_values(["group", "count", "label"], ascending=[1, 0, 1])
    return votes.drop_duplicates("group")["label"].to_numpy()
