"""No alignment: rows are aligned already, or are codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.records import Records
from ebmflow.errors import AlignmentError
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
