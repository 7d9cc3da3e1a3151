"""Align with FAMSA, which comes with the Python package pyfamsa: no program to install.

Source: Deorowicz, Debudaj-Grabysz, Gudyś 2016, Sci. Rep. 6:33964.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.aligners.sequences import align_letters
from ebmflow.data.records import Records
from ebmflow.errors import ConfigError
from ebmflow.registry import register

log = logging.getLogger(__name__)


@register("aligner", "famsa")
class Famsa(Aligner):
    """FAMSA with its default guide tree; proteins only. Thousands of rows take about a minute."""

    def align(
        self, records: Records, files: Mapping[str, list[Path]], *, threads: int, alphabet: str
    ) -> Records:
        if alphabet != "protein":
            raise ConfigError(
                "dataset", "align.kind", "famsa",
                found=f"famsa cannot align rows of alphabet {alphabet!r}",
                expected="mafft or muscle",
            )  # fmt: skip
        return align_letters(records, alphabet, "famsa", lambda rows: _align(rows, threads))


def _align(sequences: list[str], threads: int) -> list[str]:
    from pyfamsa import Aligner as FamsaAligner
    from pyfamsa import Sequence as FamsaSequence

    log.info("famsa: aligning %d sequences on %d threads", len(sequences), threads)
    started = time.monotonic()
    # Row numbers instead of names: the result comes in the order of the guide tree.
    numbered = [
        FamsaSequence(str(row).encode(), sequence.encode("ascii"))
        for row, sequence in enumerate(sequences)
    ]
    aligned = FamsaAligner(threads=threads).align(numbered)
    rows = {int(item.id): item.sequence.decode("ascii") for item in aligned}
    log.info("famsa: done after %.0f s", time.monotonic() - started)
    return [rows[row] for row in range(len(sequences))]
