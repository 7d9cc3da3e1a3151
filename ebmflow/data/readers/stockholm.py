"""Stockholm alignments, as Pfam and Rfam distribute them."""

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

# #=GS tags that become annotations; the accession of a row is `ACC.version`.
TAGS = {b"AC": "accession", b"OS": "organism", b"OX": "taxon", b"DE": "description"}


@register("reader", "stockholm")
class StockholmReader(Reader):
    """One Stockholm alignment, in one block or several."""

    columns: Columns = columns_field("match")

    def read(self, path: Path) -> Records:
        names, rows, tags = parse_stockholm(read_bytes(path, "a Stockholm alignment"), path)
        rows = select_columns(rows, self.columns)
        notes = {tag: [of_row.get(name) for name in names] for tag, of_row in tags.items()}
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
) -> tuple[list[bytes], Letters, dict[str, dict[bytes, str]]]:
    """Return names, rows as written, and annotations (column -> name -> text).

    Raises
    ------
    DataError
        If the first or the last line is not Stockholm's, or a line is none of the format's.
    """
    lines = data.split(b"\n")
    if not lines[0].startswith(b"# STOCKHOLM"):
        raise DataError(f"{origin}, line 1", shown(lines[0]), "'# STOCKHOLM 1.0'")
    pieces: dict[bytes, list[bytes]] = {}
    tags: dict[str, dict[bytes, str]] = {}
    ended = False
    for number, line in enumerate(lines[1:], start=2):
        if line.startswith(b"#=GS"):
            _note(line, tags)
        elif line.startswith(b"//"):
            ended = True
        elif line and line[:1] != b"#" and not line.isspace():
            words = line.split()
            if ended or len(words) != 2:
                expected = "the end of the file: one alignment" if ended else "a name and a row"
                raise DataError(f"{origin}, line {number}", shown(line), expected)
            pieces.setdefault(words[0], []).append(words[1])
        elif ended and line.startswith(b"# STOCKHOLM"):
            raise DataError(
                f"{origin}, line {number}", "a second alignment begins", "one alignment"
            )
    if not ended:
        raise DataError(
            f"{origin}, line {len(lines)}", "the file ends without '//'", "a whole alignment",
            "fetch it again: it is cut off",
        )  # fmt: skip
    if not pieces:
        raise DataError(origin, "has no rows", "an alignment")
    rows = [b"".join(parts) if len(parts) > 1 else parts[0] for parts in pieces.values()]
    _check_blocks(pieces, origin)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.frombuffer(bytearray().join(rows), np.uint8)
    return list(pieces), Letters.of_lengths(flat, lengths), tags


def _note(line: bytes, tags: dict[str, dict[bytes, str]]) -> None:
    words = line.split(None, 3)
    if len(words) == 4 and words[2] in TAGS:
        of_row = tags.setdefault(TAGS[words[2]], {})
        text = as_text(words[3])
        of_row[words[1]] = f"{of_row[words[1]]} {text}" if words[1] in of_row else text


def _check_blocks(pieces: dict[bytes, list[bytes]], origin: object) -> None:
    """A name that comes again in the same block would otherwise be joined to a longer row."""
    blocks = min(map(len, pieces.values()))
    for record, (name, parts) in enumerate(pieces.items(), start=1):
        if len(parts) != blocks:
            raise DataError(
                f"{origin}, record {record} ({as_text(name)})",
                f"its name stands before {len(parts)} rows or pieces of rows",
                f"{blocks}, as for other records",
                "give every record its own name",
            )
