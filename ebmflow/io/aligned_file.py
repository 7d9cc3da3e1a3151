"""Aligned rows on disk: letters or codes, with what the source says about each row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.records import Records
from ebmflow.io.table_file import read_table, write_table

KIND = "aligned"
_VALUES = ("name", "row", "codes")


def write_aligned(path: str | Path, records: Records) -> None:
    """Write records of one length: columns name, row (letters) or codes, annotations."""
    values = {"codes": records.codes} if records.rows is None else {"row": list(records.rows)}
    notes = {column: records.annotations[column] for column in records.annotations}
    counts = Counts(records.counts.lines)
    counts.add("align", "out", rows=len(records), sites=records.sites)
    metadata = {"counts": counts.records(), "origin": records.origin}
    write_table(path, {"name": records.names, **values, **notes}, kind=KIND, metadata=metadata)


def read_aligned(path: str | Path) -> Records:
    """Read records."""
    columns, facts = read_table(path, kind=KIND)
    notes = {column: columns[column] for column in columns if column not in _VALUES}
    return Records(
        names=columns["name"],
        rows=columns.get("row"),
        codes=columns.get("codes"),
        annotations=pd.DataFrame(notes, index=range(len(columns["name"]))),
        counts=Counts(facts["counts"]),
        origin=facts["origin"],
    )
