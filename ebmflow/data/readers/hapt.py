"""``.hapt`` files: one haplotype a line, two columns of metadata, then 0 and 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ebmflow.data.counts import Counts
from ebmflow.data.readers.base import as_text, read_bytes, shown
from ebmflow.data.readers.genotypes import GenotypeReader, Haplotypes
from ebmflow.errors import DataError
from ebmflow.registry import register


@register("reader", "hapt")
class HaptReader(GenotypeReader):
    """Lines ``<word> <sample>_<haplotype> 0 1 1 ...``, separated by any blanks."""

    def haplotypes(self, path: Path) -> Haplotypes:
        data = read_bytes(path, "a .hapt file")
        people, rows = [], []
        for number, line in enumerate(data.split(b"\n"), start=1):
            words = line.split(None, 2)
            if not words:
                continue
            if len(words) < 3:
                raise DataError(f"{path}, line {number}", shown(line), "two words, then 0 and 1")
            people.append(words[1])
            rows.append(b"".join(words[2].split()))
            _check_row(rows, words[2], f"{path}, line {number} ({as_text(words[1])})")
        codes = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1) - ord("0")
        samples, _, haplotypes = zip(*(as_text(one).partition("_") for one in people), strict=True)
        counts = Counts()
        counts.step("read", len(rows), {}, sites_out=codes.shape[1], note=Path(path).name)
        return Haplotypes(list(samples), list(haplotypes), None, codes, counts, str(path))


def _check_row(rows: list[bytes], text: bytes, where: str) -> None:
    row = rows[-1]
    if row.translate(None, b"01"):
        value = next(word for word in text.split() if word not in (b"0", b"1"))
        column = text.split().index(value)
        raise DataError(f"{where}, site {column + 1}", f"value {shown(value)}", "0 or 1")
    if len(row) != len(rows[0]):
        raise DataError(where, f"{len(row)} sites", f"{len(rows[0])}, as in the first line")
