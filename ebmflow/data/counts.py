"""The ledger of a dataset: what came in, what was kept, what was dropped and why, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

WARNING = "warning"


class Count(NamedTuple):
    """One line of the counts table.

    Attributes
    ----------
    step : str
        ``read``, ``align``, ``filter``, ``labels``, ``weights``, ``assemble``, ``split``.
    item : str
        ``in``, ``out``, ``dropped``, ``warning``, or what else is counted (``unknown letters``,
        ``Meff`` ...).
    label : str or None
        Label the line is about; None: all rows.
    rows : float or None
        Number of rows; a sum of weights for effective numbers.
    sites : int or None
        Columns.
    note : str
        Reason, threshold, whatever a reader needs.
    """

    step: str
    item: str
    label: str | None = None
    rows: float | None = None
    sites: int | None = None
    note: str = ""


class Counts:
    """A growing list of counts; travels in the metadata of the tables."""

    def __init__(self, lines: Iterable[Count | Mapping] = ()) -> None:
        self.lines = [line if isinstance(line, Count) else Count(**line) for line in lines]

    def add(self, step: str, item: str, **facts) -> None:
        """Append a line; keyword arguments are the other fields of :class:`Count`."""
        self.lines.append(Count(step, item, **facts))

    def step(
        self,
        step: str,
        rows_in: int,
        dropped: Mapping[str, int],
        sites_in: int | None = None,
        sites_out: int | None = None,
        note: str = "",
    ) -> None:
        """Append the lines of a step that keeps some rows: in, each reason to drop, out."""
        self.add(step, "in", rows=int(rows_in), sites=sites_in)
        for reason, rows in dropped.items():
            self.add(step, "dropped", rows=int(rows), note=reason)
        out = int(rows_in) - sum(int(rows) for rows in dropped.values())
        self.add(step, "out", rows=out, sites=sites_out, note=note)

    def warn(self, step: str, note: str) -> None:
        """Append a line that says what looks wrong but stops nothing."""
        self.add(step, WARNING, note=note)

    def extend(self, other: Counts | Iterable[Count | Mapping]) -> None:
        """Append the lines of another ledger."""
        self.lines.extend(other.lines if isinstance(other, Counts) else Counts(other).lines)

    def records(self) -> list[dict]:
        """Return JSON-serialisable lines."""
        return [line._asdict() for line in self.lines]

    def frame(self) -> pd.DataFrame:
        """Return the counts table: columns step, item, label, rows, sites, note."""
        frame = pd.DataFrame(self.lines, columns=list(Count._fields))
        return frame.astype({"rows": "Float64", "sites": "Int64"})
