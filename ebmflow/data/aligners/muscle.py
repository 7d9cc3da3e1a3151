"""Align with MUSCLE 5, where it is installed.

Source: Edgar 2022, Nat. Commun. 13:6968.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.aligners.programs import align_with_program, find_aligner
from ebmflow.data.aligners.sequences import align_letters
from ebmflow.data.records import Records
from ebmflow.registry import register


@register("aligner", "muscle")
class Muscle(Aligner):
    """MUSCLE 5 from PATH. Thousands of sequences take hours, where FAMSA takes a minute."""

    algorithm: Literal["align", "super5"] = Field(
        "super5", description="`align` is meant for a few hundred sequences, `super5` for more."
    )

    def align(
        self, records: Records, files: Mapping[str, list[Path]], *, threads: int, alphabet: str
    ) -> Records:
        command = [find_aligner("muscle"), f"-{self.algorithm}", "{input}"]
        command += ["-output", "{output}", "-threads", str(threads)]
        return align_letters(
            records, alphabet, "muscle", lambda rows: align_with_program(command, rows)
        )
