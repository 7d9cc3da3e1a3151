"""Stockholm alignments, as Pfam and Rfam distribute them."""

from __future__ import annotations

import io
from collections import defaultdict
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

# #=GS tags that become annotations; the accession of a row is `ACC.version`.
TAGS = {b"AC": "accession", b"OS": "organism", b"OX": "taxon", b"DE": "description"}


@register("reader", "stockholm")
class StockholmReader(Reader):
    """One Stockholm alignment, in one block or several."""

    columns: Columns = columns_field("match")

    def read(self, path: Path) -> Records:
        names, rows, notes = parse_stockholm(read_bytes(path, "a Stockholm alignment"), path)
        rows = select_columns(rows, self.columns)
        counts = Counts()
        counts.step("read", len(names), {}, sites_out=rows.width, note=Path(path).name)
        return Records(
            names=[as_text(name) for name in names],
            rows=rows,
            annotations=pd.DataFrame(notes, index=range(len(names)), dtype=object),
            counts=counts,
            origin=str(path),
        )


def parse_stockholm(
    data: bytes, origin: object
) -> tuple[list[bytes], Letters, dict[str, list[str | None]]]:
    """Return names, rows as written, and annotations (column -> text of each row, or None).

    Raises
    ------
    DataError
        If the first or the last line is not Stockholm's, or a line is none of the format's.
    """
    lines = io.BytesIO(data)
    head = lines.readline()
    if not head.startswith(b"# STOCKHOLM"):
        raise DataError(
            f"{origin}, line 1", shown(head.rstrip()), "'# STOCKHOLM 1.0'", OTHER_FORMAT
        )
    block = _Block()
    number = 1
    for number, line in enumerate(lines, start=2):
        if line.startswith(b"//"):
            break
        elif line[:1] not in b"#\n" and not line.isspace():
            words = line.split()
            if len(words) != 2:
                raise DataError(f"{origin}, line {number}", shown(line), "a name and a row")
            block.add(*words)
    else:
        raise DataError(
            f"{origin}, line {number}", "the file ends without '//'", "a whole alignment",
            "fetch it again: it is cut off",
        )  # fmt: skip
    rest = lines.read().strip()
    if rest:
        raise DataError(origin, f"{shown(rest)} behind the first '//'", "one alignment")
    if not block.index:
        raise DataError(origin, "has no rows", "an alignment")
    return list(block.index), block.rows(origin), _annotations(data, block.index)


class _Block:
    """Rows as they come: a first block, and pieces of the same rows from later blocks."""

    def __init__(self) -> None:
        self.index: dict[bytes, int] = {}
        self.flat = bytearray()
        self.lengths: list[int] = []
        self.later: list[tuple[int, bytes]] = []

    def add(self, name: bytes, row: bytes) -> None:
        if name in self.index:
            self.later.append((self.index[name], row))
            return
        self.index[name] = len(self.index)
        self.flat += row
        self.lengths.append(len(row))

    def rows(self, origin: object) -> Letters:
        first = Letters.of_lengths(np.frombuffer(self.flat, np.uint8), np.array(self.lengths))
        if not self.later:
            return first
        pieces = [[row.encode("latin-1")] for row in first]
        for place, row in self.later:
            pieces[place].append(row)
        self._check(pieces, origin)
        joined = [b"".join(parts) for parts in pieces]
        lengths = np.fromiter(map(len, joined), np.int64, len(joined))
        return Letters.of_lengths(np.frombuffer(b"".join(joined), np.uint8), lengths)

    def _check(self, pieces: list[list[bytes]], origin: object) -> None:
        """A name that stands twice in one block would otherwise make a longer row."""
        blocks = min(map(len, pieces))
        for record, (name, parts) in enumerate(zip(self.index, pieces, strict=True), start=1):
            if len(parts) != blocks:
                raise DataError(
                    f"{origin}, record {record} ({as_text(name)})",
                    f"its name stands before {len(parts)} rows or pieces of rows",
                    f"{blocks}, as for other records",
                    "give every record its own name",
                )


def _annotations(data: bytes, index: dict[bytes, int]) -> dict[str, list[str | None]]:
    """A second pass, so that names, which are half of such lines, are held once."""
    notes: dict[str, list[str | None]] = defaultdict(lambda: [None] * len(index))
    for line in io.BytesIO(data):
        words = line.split(None, 3) if line.startswith(b"#=GS") else ()
        if len(words) == 4 and words[2] in TAGS and words[1] in index:
            column, place = notes[TAGS[words[2]]], index[words[1]]
            text = as_text(words[3].rstrip())
            column[place] = text if column[place] is None else f"{column[place]} {text}"
    return dict(notes)
