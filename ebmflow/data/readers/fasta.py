"""FASTA, and its alignment dialects A2M and A3M."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.letters import Letters
from ebmflow.data.readers.base import Reader, as_text, read_bytes, shown
from ebmflow.data.readers.columns import Columns, columns_field, select_columns
from ebmflow.data.records import Records
from ebmflow.errors import DataError
from ebmflow.registry import register


@register("reader", "fasta")
class FastaReader(Reader):
    """FASTA: a name is the header up to the first blank; the header is kept as an annotation."""

    columns: Columns = columns_field("all")

    def read(self, path: Path) -> Records:
        headers, rows = parse_fasta(read_bytes(path, "a FASTA file"), path)
        rows = select_columns(rows, self.columns)
        names = [header.split(None, 1)[0] for header in headers]
        counts = Counts()
        counts.step("read", len(names), {}, sites_out=rows.width, note=Path(path).name)
        return Records(
            names=names,
            rows=rows,
            annotations=pd.DataFrame({"header": headers}, dtype=object),
            counts=counts,
            origin=str(path),
        )


@register("reader", "a2m")
class A2mReader(FastaReader):
    """A2M: FASTA with lower-case letters and ``.`` in insert columns."""

    columns: Columns = columns_field("match")


@register("reader", "a3m")
class A3mReader(A2mReader):
    """A3M: A2M without the ``.``, so that rows have one length once insertions are removed."""


def parse_fasta(data: bytes, origin: object) -> tuple[list[str], Letters]:
    """Return headers (without ``>``) and rows of FASTA text with ``\\n`` as line end.

    Raises
    ------
    DataError
        If text stands before the first header, or a record has no name or no sequence.
    """
    begin = data.find(b">") if not data.startswith(b">") else 0
    if begin < 0 or data[:begin].strip():
        first = data.lstrip().partition(b"\n")[0]
        raise DataError(origin, f"begins with {shown(first)}", "a FASTA header, '>name'")
    flat, headers, lengths = bytearray(), [], []
    start, size = begin + 1, len(data)
    while start < size:
        stop = data.find(b"\n>", start)
        stop = size if stop < 0 else stop
        line_end = data.find(b"\n", start, stop)
        line_end = stop if line_end < 0 else line_end
        row = data[line_end:stop].translate(None, b"\n \t")
        headers.append(data[start:line_end])
        lengths.append(len(row))
        flat += row
        start = stop + 2
    names = as_text(b"\n".join(headers)).split("\n")
    rows = Letters.of_lengths(np.frombuffer(flat, np.uint8), np.array(lengths))
    _check(names, rows, data, origin)
    return names, rows


def _check(headers: list[str], rows: Letters, data: bytes, origin: object) -> None:
    for bad, found, expected in (
        ([not header.strip() for header in headers], "has no name", "'>name'"),
        ((rows.lengths == 0).tolist(), "has no sequence", "a sequence below its header"),
    ):
        if any(bad):
            record = bad.index(True)
            lines = [0, *(i + 1 for i, byte in enumerate(data) if byte == 10)]
            starts = [number for number, at in enumerate(lines, 1) if data[at : at + 1] == b">"]
            name = f" ({headers[record][:60]})" if headers[record].strip() else ""
            raise DataError(
                f"{origin}, line {starts[record]}, record {record + 1}{name}", found, expected,
                "correct the file, or fetch it again if it is cut off",
            )  # fmt: skip
