"""Aligned rows on disk: letters or codes, with what the source says about each row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ebmflow.data.counts import Counts
from ebmflow.data.records import Records
from ebmflow.errors import CheckpointError
from ebmflow.io.seal import REMAKE
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
    """Read records without annotations."""
    columns, facts = read_table(path, kind=KIND, columns=_present(path, _VALUES))
    return Records(
        names=columns["name"],
        rows=columns.get("row"),
        codes=columns.get("codes"),
        counts=Counts(facts["counts"]),
        origin=facts["origin"],
    )


def read_annotations(path: str | Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Read names, str, shape (n,), and annotations, n rows, without the rows themselves."""
    wanted = [column for column in _present(path) if column not in _VALUES]
    columns, _ = read_table(path, kind=KIND, columns=["name", *wanted])
    names = columns.pop("name")
    return names, pd.DataFrame(columns, index=range(len(names)))


def _present(path: str | Path, wanted: tuple[str, ...] = ()) -> list[str]:
    """Names of the columns of a table, or those of the wanted ones that it has."""
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowInvalid) as error:
        raise CheckpointError(
            path, f"cannot be read as Parquet ({error})", "a table", REMAKE
        ) from error
    return [name for name in names if not wanted or name in wanted]
