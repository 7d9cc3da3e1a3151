"""Parquet tables with JSON metadata; 2-D arrays travel as fixed-size lists.

Metadata are stored under one schema key, so that a table says by itself what it is: kind of file,
format version, alphabet, provenance. Nothing in it depends on time or host.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ebmflow.errors import CheckpointError
from ebmflow.io.atomic import atomic_path
from ebmflow.io.seal import REMAKE, UNSEALED, check_kind, check_seal, seal
from ebmflow.provenance import current_record

METADATA_KEY, SEAL_KEY = b"ebmflow", b"ebmflow.seal"
FORMAT_VERSION = 1


def write_table(
    path: str | Path,
    columns: pd.DataFrame | dict[str, Any],
    *,
    kind: str,
    metadata: dict[str, Any] | None = None,
    tsv: bool = False,
) -> None:
    """Write a table atomically; inside a job it also carries the provenance of the job.

    Parameters
    ----------
    columns : DataFrame or dict
        Column name -> values. A 2-D array becomes a fixed-size list column.
    kind : str
        What the file holds (``dataset``, ``samples``, ``scores`` ...); checked when it is read.
    metadata : dict, optional
        JSON-serialisable facts, stored in the schema.
    tsv : bool
        Also write the same table as tab-separated text beside it (no 2-D columns).
    """
    table = pa.table({name: _to_arrow(values) for name, values in columns.items()})
    # The job's own record wins over one that came along from an input file.
    facts = {**(metadata or {}), **current_record()}
    facts |= {"kind": kind, "format_version": FORMAT_VERSION}
    text = json.dumps(facts, sort_keys=True).encode()
    table = table.replace_schema_metadata({METADATA_KEY: text, SEAL_KEY: UNSEALED})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
        seal(temporary)
    if tsv:
        with atomic_path(Path(path).with_suffix(".tsv")) as temporary:
            pd.DataFrame(columns).to_csv(temporary, sep="\t", index=False)


def _to_arrow(values: Any) -> pa.Array:
    if getattr(values, "ndim", 1) == 2:
        values = np.ascontiguousarray(values)
        flat = pa.array(values.reshape(-1))
        return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return pa.array(values, from_pandas=True)


def read_table(
    path: str | Path, *, kind: str, columns: list[str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a table and its metadata.

    Returns
    -------
    columns : dict
        Column name -> NumPy array; fixed-size lists come back as 2-D arrays, strings as object
        arrays with None for missing values.
    metadata : dict

    Raises
    ------
    CheckpointError
        If the file is absent, damaged, of another kind or of another format version.
    """
    check_seal(path, kind)
    try:
        table = pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise CheckpointError(
            path, f"cannot be read as Parquet ({error})", f"a {kind} table", REMAKE
        ) from error
    facts = json.loads((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
    check_kind(path, facts, kind, FORMAT_VERSION)
    return {name: _to_numpy(table.column(name)) for name in table.column_names}, facts


def read_frame(
    path: str | Path, *, kind: str, columns: list[str] | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a table without 2-D columns, or some of its columns, as a DataFrame, with metadata."""
    found, facts = read_table(path, kind=kind, columns=columns)
    return pd.DataFrame(found), facts


def _to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    array = column.combine_chunks()
    if pa.types.is_fixed_size_list(array.type):
        width = array.type.list_size
        return array.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return array.to_numpy(zero_copy_only=False)
