"""What a source delivers: named rows, with what the files say about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.letters import Letters
from ebmflow.errors import DataError, ShapeError


@dataclass(frozen=True)
class Records:
    """Named rows of letters or of codes.

    Attributes
    ----------
    names : ndarray of str (object), shape (n,)
        Unique.
    rows : Letters or None
        Sequences, aligned or not; any sequence of str is accepted. None when `codes` are given.
    codes : ndarray or None, shape (n, L)
        uint8 for 0/1 data and other integer codes, float32 for real data.
    annotations : DataFrame, n rows
        What is known about each row, as text or missing: ``header``, ``sample`` ... Two columns
        have a meaning: ``group`` (rows that must stay on one side of a split, such as the two
        haplotypes of a person) and ``source_split`` (``train`` or ``test``, as the source says).
    counts : Counts
        What the source read, and dropped.
    origin : str
        File(s), for messages.
    """

    names: np.ndarray
    rows: Letters | Sequence[str] | None = None
    codes: np.ndarray | None = None
    annotations: pd.DataFrame | None = None
    counts: Counts = field(default_factory=Counts)
    origin: str = "records"

    def __post_init__(self) -> None:
        names = np.empty(len(self.names), dtype=object)
        names[:] = self.names
        object.__setattr__(self, "names", names)
        if (self.rows is None) == (self.codes is None):
            raise ShapeError(self.origin, "neither or both of letters and codes", "one of them")
        if self.rows is not None:
            object.__setattr__(self, "rows", Letters.of(self.rows))
        notes = (
            pd.DataFrame(index=range(len(names))) if self.annotations is None else self.annotations
        )
        object.__setattr__(self, "annotations", notes.reset_index(drop=True))
        values = self.rows if self.codes is None else self.codes
        for what, found in (("rows", len(values)), ("annotations", len(self.annotations))):
            if found != len(names):
                raise ShapeError(self.origin, f"{found} {what}", f"{len(names)}, one for each name")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def sites(self) -> int | None:
        """Columns, or None for rows of unequal length."""
        return self.rows.width if self.codes is None else self.codes.shape[1]

    def take(self, index: np.ndarray) -> Records:
        """Return some rows, by integer or boolean index."""
        return replace(
            self,
            names=self.names[index],
            rows=None if self.rows is None else self.rows.take(index),
            codes=None if self.codes is None else self.codes[index],
            annotations=self.annotations.iloc[np.arange(len(self))[index]],
        )

    def with_unique_names(self) -> Records:
        """Return self, or raise DataError that names the first duplicate."""
        repeated = pd.Series(self.names).duplicated()
        if not repeated.any():
            return self
        name = self.names[repeated.to_numpy().argmax()]
        first, second = np.flatnonzero(self.names == name)[:2] + 1
        headers = self.annotations.get("header")
        # Many names are one although their headers differ: the names were cut off.
        cut = headers is not None and not headers.duplicated().any() and repeated.mean() >= 0.5
        raise DataError(
            f"{self.origin}, record {second}",
            f"name {name!r} stands there already as record {first} "
            f"({int(repeated.sum())} repeated names in all)",
            "every name once",
            "a name ends at the first blank of its header: put `_` for the blanks"
            if cut
            else "rename or remove the repeated records",
        )


def stack_records(parts: Sequence[Records]) -> Records:
    """Return the rows of several records one after the other."""
    if len(parts) == 1:
        return parts[0]
    counts = Counts()
    for part in parts:
        counts.extend(part.counts)
    coded = [part.codes for part in parts if part.codes is not None]
    if coded and len({codes.shape[1] for codes in coded}) > 1:
        widths = ", ".join(f"{part.origin}: {part.codes.shape[1]}" for part in parts)
        raise DataError(parts[0].origin, f"files differ in columns ({widths})", "the same number")
    flat = None if coded else np.concatenate([part.rows.flat for part in parts])
    lengths = None if coded else np.concatenate([part.rows.lengths for part in parts])
    return Records(
        names=np.concatenate([part.names for part in parts]),
        rows=None if coded else Letters.of_lengths(flat, lengths),
        codes=np.concatenate(coded) if coded else None,
        annotations=pd.concat([part.annotations for part in parts], ignore_index=True),
        counts=counts,
        origin=", ".join(part.origin for part in parts),
    )
