"""No alignment: rows are aligned already, or are codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.records import Records
from ebmflow.errors import AlignmentError, AlphabetError
from ebmflow.registry import register


@register("aligner", "none")
class NoAligner(Aligner):
    """Take rows as they are, after a check that they are of equal length."""

    def align(
        self,
        records: Records,
        files: Mapping[str, list[Path]] | None = None,
        *,
        threads: int = 1,
        alphabet: str = "protein",
    ) -> Records:
        if records.rows is None or not len(records) or records.rows.width is not None:
            return records
        _refuse_strange_bytes(records)
        lengths = records.rows.lengths
        values, frequency = np.unique(lengths, return_counts=True)
        usual = int(values[frequency.argmax()])
        odd = int((lengths != usual).argmax())
        raise AlignmentError(
            f"{records.origin}, record {odd + 1} ({records.names[odd]})",
            f"{lengths[odd]} columns, whereas {frequency.max()} of {len(records)} have {usual}",
            "aligned rows of one length",
            "set `align` to an aligner such as famsa, or read the file as a3m if lower-case "
            "letters in it are insertions",
        )


def _refuse_strange_bytes(records: Records) -> None:
    """Raise AlphabetError at a byte that is no letter: it is why a row has another length."""
    rows = records.rows
    strange = (rows.flat <= ord(" ")) | (rows.flat > ord("~"))
    if not strange.any():
        return
    place = int(strange.argmax())
    row = int(np.searchsorted(rows.offsets, place, side="right")) - 1
    raise AlphabetError(
        f"{records.origin}, record {row + 1} ({records.names[row]}), "
        f"column {place - rows.offsets[row] + 1}",
        f"byte 0x{rows.flat[place]:02x}, which is no letter",
        "ASCII letters and signs",
        "correct the file: it is damaged, or has a long dash for a gap",
    )
