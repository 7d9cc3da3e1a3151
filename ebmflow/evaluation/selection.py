"""Which generated rows are compared with which data rows, label by label.

The published evaluation of Fast and Functional generates twice as many rows as the data have, drops
duplicates and rows identical to a data row, and keeps per label as many as the data have; where
fewer remain, the data are thinned to their number. That is ``{duplicates: drop, copies: drop,
sizes: matched}``. Dropping hides collapse and memorisation, hence it is not the default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ebmflow.evaluation.rows import RowSet, row_keys
from ebmflow.options import Options
from ebmflow.randomness import numpy_stream

ALL = "all"
REMEMBERED_SETS = 64


class SelectionOptions(Options):
    """Which rows enter a comparison."""

    duplicates: Literal["keep", "drop"] = Field(
        default="keep", description="Generated rows that repeat another generated row of the label."
    )
    copies: Literal["keep", "drop"] = Field(
        default="keep", description="Generated rows identical to a row of the reference set."
    )
    sizes: Literal["matched", "all"] = Field(
        default="matched",
        description="matched: as many rows per label in both sets, the larger thinned at random.",
    )


EVERYTHING = SelectionOptions(sizes="all")


class Comparison(NamedTuple):
    """Two sets to compare and the group they stand for."""

    group: str
    data: RowSet
    generated: RowSet


class Selection:
    """Chooses rows to compare with one reference set.

    Rows come out in random order. Which data rows are taken depends on the seed, the reference, the
    label and the number of rows only, so that results on them are shared by all ages and times.

    Parameters
    ----------
    reference : RowSet
    name : str
        Of the reference, for the random stream.
    label_names : sequence of str
        Empty for unlabelled data. Without labels there is one group, ``all``.
    seed : int
    """

    def __init__(
        self,
        reference: RowSet,
        name: str,
        label_names: tuple[str, ...],
        options: SelectionOptions,
        seed: int,
    ) -> None:
        self.reference, self.name = reference, name
        self.label_names, self.options, self.seed = tuple(label_names), options, seed
        self._classes: list[int] = list(range(len(self.label_names)))
        self._shuffled = {
            c: self._stream("data", c).permutation(_places(reference, c))
            for c in [*self._classes, None]
        }
        self._thinned: dict[tuple, RowSet] = {}
        self._reference_keys: np.ndarray | None = None

    def comparisons(
        self, generated: RowSet, groups: Collection[str], *names: object
    ) -> Iterator[Comparison]:
        """Yield one comparison per label, then the union of the rows of all labels.

        Parameters
        ----------
        generated : RowSet
            With the label of each row: the requested one, or the predicted one of a free chain.
        groups : collection of str
            ``labels``, ``all`` or both; rows without labels are compared as a whole in any case.
        names : objects
            Path of the random stream, such as age and time.
        """
        # A model without labels is compared as a whole, even if the data have labels.
        classes = self._classes if np.any(generated.labels >= 0) else []
        chosen = {c: self._choose(generated, c, names) for c in classes or [None]}
        for c in classes if "labels" in groups else []:
            data = self._data(((c, len(chosen[c])),))
            yield Comparison(self.label_names[c], data, generated.take(chosen[c]))
        if classes and ALL not in groups:
            return
        union = np.concatenate(list(chosen.values()))
        data = self._data(tuple((c, len(places)) for c, places in chosen.items()))
        order = self._stream("union", *names).permutation(len(union))
        yield Comparison(ALL, data, generated.take(union[order]))

    def _choose(self, generated: RowSet, c: int | None, names: tuple) -> np.ndarray:
        """Places of the generated rows of a class that enter, in random order."""
        places = self._stream("generated", c, *names).permutation(_places(generated, c))
        if self.options.duplicates == "drop":
            _, first = np.unique(row_keys(generated.codes[places]), return_index=True)
            places = places[np.sort(first)]
        if self.options.copies == "drop":
            places = places[~self._is_copy(generated.codes[places])]
        if self.options.sizes == "matched":
            places = places[: len(self._shuffled[c])]
        return places

    def _is_copy(self, codes: np.ndarray) -> np.ndarray:
        if self._reference_keys is None:
            self._reference_keys = np.unique(row_keys(self.reference.codes))
        return np.isin(row_keys(codes), self._reference_keys)

    def _data(self, sizes: tuple[tuple[int | None, int], ...]) -> RowSet:
        """Data rows of the given classes, at most as many of each as stated."""
        if self.options.sizes == "all":
            sizes = tuple((c, len(self._shuffled[c])) for c, _ in sizes)
        if sizes not in self._thinned:
            if len(self._thinned) >= REMEMBERED_SETS:  # sizes vary when copies are dropped
                self._thinned.pop(next(iter(self._thinned)))
            places = np.concatenate([self._shuffled[c][:n] for c, n in sizes])
            if len(sizes) > 1:
                places = self._stream("data", ALL).permutation(places)
            self._thinned[sizes] = self.reference.take(places)
        return self._thinned[sizes]

    def _stream(self, *names: object) -> np.random.Generator:
        return numpy_stream(self.seed, "score", self.name, *names)


def _places(rows: RowSet, c: int | None) -> np.ndarray:
    """Places of the rows of a class; all rows for None."""
    return np.arange(len(rows)) if c is None else np.flatnonzero(rows.labels == c)
