"""Tables with a column of sequences: CSV, TSV, Parquet."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.letters import Letters
from ebmflow.data.readers.base import Reader, as_text, read_bytes
from ebmflow.data.readers.columns import Columns, columns_field, select_columns
from ebmflow.data.records import Records
from ebmflow.errors import DataError
from ebmflow.registry import register

SEPARATOR = "Between columns; default: the first of tab, comma and semicolon in the first line."


class SequenceTable(Reader):
    """A table whose rows are records."""

    sequence: str = Field("sequence", description="Column with the sequences.")
    name: str | None = Field(
        "name", description="Column with unique names; null: rows are named row_1, row_2 ..."
    )
    columns: Columns = columns_field("all")

    def records(self, frame: pd.DataFrame, path: Path) -> Records:
        """Return the rows of a frame; its other columns are annotations."""
        for column in filter(None, (self.sequence, self.name)):
            if column not in frame.columns:
                raise DataError(
                    path, f"no column {column!r}", f"one of: {', '.join(map(str, frame.columns))}",
                    "set the reader's options `sequence` and `name`",
                )  # fmt: skip
        if not len(frame):
            raise DataError(path, "has no rows below its header", "records")
        names = [f"row_{row + 1}" for row in range(len(frame))]
        if self.name is not None:
            names = frame[self.name].astype(object).tolist()
        _check_filled(pd.Series(names), self.name or "", path)
        counts = Counts()
        values = self._values(frame[self.sequence], path)
        codes = values if isinstance(values, np.ndarray) else None
        rows = None if codes is not None else values
        sites = rows.width if codes is None else codes.shape[1]
        counts.step("read", len(frame), {}, sites_out=sites, note=Path(path).name)
        notes = frame.drop(columns=[c for c in (self.sequence, self.name) if c is not None])
        return Records(
            names=[str(name) for name in names], rows=rows, codes=codes,
            annotations=_as_text(notes), counts=counts, origin=str(path),
        )  # fmt: skip

    def _values(self, column: pd.Series, path: Path) -> Letters | np.ndarray:
        _check_filled(column, self.sequence, path)
        return select_columns(Letters.of(column), self.columns)


def _check_filled(column: pd.Series, name: str, path: Path) -> None:
    empty = column.isna() | (column.astype(str).str.strip() == "")
    if empty.any():
        raise DataError(
            f"{path}, row {int(empty.to_numpy().argmax()) + 1}", f"column {name!r} is empty",
            "a value in every row",
        )  # fmt: skip


def _as_text(notes: pd.DataFrame) -> pd.DataFrame:
    """Annotations as text or None; columns of lists have no text and are left out."""
    columns = {}
    for name in notes:
        values = notes[name]
        if values.map(lambda value: isinstance(value, (list, dict, np.ndarray))).any():
            continue
        columns[str(name)] = [
            None if pd.isna(value) or value == "" else str(value) for value in values
        ]
    return pd.DataFrame(columns, index=range(len(notes)), dtype=object)


def read_text_table(path: Path, what: str, *, separator: str | None = None) -> pd.DataFrame:
    """Return a CSV or TSV file as text columns, missing values as empty strings.

    Blanks around names and values are removed.

    Parameters
    ----------
    separator : str, optional
        Default: the first of tab, comma and semicolon that the first line has.
    """
    text = as_text(read_bytes(path, what))
    first = text.partition("\n")[0]
    separator = separator or next((one for one in "\t,;" if one in first), ",")
    try:
        with warnings.catch_warnings():
            # Lines longer than the header lose their end with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.StringIO(text), sep=separator, dtype=str, keep_default_na=False,
                header=0, index_col=False, on_bad_lines="error",
            )  # fmt: skip
    except (
        pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, ValueError
    ) as error:  # fmt: skip
        reason = str(error).strip().rpartition("C error: ")[2]
        if isinstance(error, pd.errors.ParserWarning):
            reason = "lines have more columns than the header"
        raise DataError(path, f"is no table ({reason})", what) from error
    frame = frame.loc[:, [not str(name).startswith("Unnamed: ") for name in frame.columns]]
    return frame.rename(columns=lambda name: str(name).strip()).apply(
        lambda column: column.str.strip()
    )


@register("reader", "table")
class TableReader(SequenceTable):
    """CSV or TSV with a header line and a column of sequences."""

    separator: str | None = Field(None, description=SEPARATOR)

    def read(self, path: Path) -> Records:
        frame = read_text_table(
            path, "a table with a column of sequences", separator=self.separator
        )
        return self.records(frame, path)


@register("reader", "parquet")
class ParquetReader(SequenceTable):
    """Parquet with a column of sequences, or of lists of codes of one length."""

    def read(self, path: Path) -> Records:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            frame = pq.read_table(path).to_pandas()
        except (OSError, pa.ArrowException) as error:
            raise DataError(path, f"cannot be read ({error})", "a Parquet table") from error
        return self.records(frame, path)

    def _values(self, column: pd.Series, path: Path) -> Letters | np.ndarray:
        lists = column.map(lambda value: isinstance(value, np.ndarray))
        if not lists.any():
            return super()._values(column, path)
        if not lists.all() or column.map(len).nunique() > 1:
            raise DataError(path, f"lists of unequal length in {self.sequence!r}", "equal lengths")
        codes = np.stack(column.to_numpy())
        return codes.astype(np.uint8 if codes.dtype.kind in "iub" else np.float32)
