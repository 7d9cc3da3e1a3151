"""FASTA, and its alignment dialects A2M and A3M."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.letters import Letters
from ebmflow.data.readers.base import OTHER_FORMAT, Reader, as_text, read_bytes, shown
from ebmflow.data.readers.columns import Columns, columns_field, select_columns
from ebmflow.data.records import Records
from ebmflow.errors import DataError
from ebmflow.registry import register

PIECE = 1 << 18  # bytes parsed at a time
HEADER, LINE_END, BLANK, TAB = b">\n \t"


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
    begin = 0 if data.startswith(b">") else data.find(b"\n>") + 1
    if not data.startswith(b">", begin) or data[:begin].strip():
        first = data.lstrip().partition(b"\n")[0]
        found = f"begins with {shown(first)}"
        raise DataError(origin, found, "a FASTA header, '>name'", OTHER_FORMAT)
    headers: list[str] = []
    lengths: list[np.ndarray] = []
    flat, filled = np.empty(len(data), np.uint8), 0
    while begin < len(data):
        stop = data.find(b"\n>", begin + PIECE) + 1 or len(data)
        texts, sizes, residues = _parse_piece(np.frombuffer(data, np.uint8, stop - begin, begin))
        headers += texts
        lengths.append(sizes)
        flat[filled : filled + len(residues)] = residues
        filled += len(residues)
        begin = stop
    rows = Letters.of_lengths(flat[:filled], np.concatenate(lengths))
    _check(headers, rows, data, origin)
    return headers, rows


def _parse_piece(text: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Headers, lengths and residues of whole records; a piece stays in the processor's cache."""
    ends = np.flatnonzero(text == LINE_END)
    if text[-1] != LINE_END:
        ends = np.append(ends, len(text))
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_header = text[starts] == HEADER
    in_header = np.repeat(is_header, ends - starts + 1)[: len(text)]
    line_lengths = np.where(is_header, 0, ends - starts)
    lengths = np.add.reduceat(line_lengths, np.flatnonzero(is_header))
    wanted = text != LINE_END
    wanted &= ~in_header
    letters = text[wanted]
    if letters.min(initial=BLANK + 1) <= BLANK:
        # Rare: sequences with blanks in them, which are no letters.
        blank = wanted & ((text == BLANK) | (text == TAB))
        lengths -= np.add.reduceat(blank, starts[is_header], dtype=np.int64)
        letters = text[wanted & ~blank]
    headers = as_text(text[in_header].tobytes()).removesuffix("\n")[1:].split("\n>")
    return headers, lengths, letters


def _check(headers: list[str], rows: Letters, data: bytes, origin: object) -> None:
    nameless = "" in headers or any(map(str.isspace, headers))
    for bad, found, expected in (
        ([not header.strip() for header in headers] * nameless, "has no name", "'>name'"),
        ((rows.lengths == 0).tolist(), "has no sequence", "a sequence below its header"),
    ):
        if True in bad:
            record = bad.index(True)
            starts = [
                number for number, line in enumerate(data.split(b"\n"), 1) if line[:1] == b">"
            ]
            name = f" ({headers[record][:60]})" if headers[record].strip() else ""
            raise DataError(
                f"{origin}, line {starts[record]}, record {record + 1}{name}", found, expected,
                "correct the file, or fetch it again if it is cut off",
            )  # fmt: skip
