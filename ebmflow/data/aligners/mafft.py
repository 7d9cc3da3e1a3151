"""Align with MAFFT, where it is installed.

Source: Katoh, Standley 2013, Mol. Biol. Evol. 30:772.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.aligners.programs import align_with_program, find_aligner
from ebmflow.data.aligners.sequences import align_letters
from ebmflow.data.records import Records
from ebmflow.registry import register


@register("aligner", "mafft")
class Mafft(Aligner):
    """MAFFT from PATH."""

    arguments: tuple[str, ...] = Field(
        ("--auto",), description="Arguments that choose the strategy, as in the manual of mafft."
    )

    def align(
        self, records: Records, files: Mapping[str, list[Path]], *, threads: int, alphabet: str
    ) -> Records:
        letters = "--amino" if alphabet == "protein" else "--nuc"
        command = [find_aligner("mafft"), *self.arguments, letters]
        command += ["--thread", str(threads), "{input}"]
        return align_letters(
            records, alphabet, "mafft", lambda rows: align_with_program(command, rows)
        )
