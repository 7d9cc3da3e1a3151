"""Run an alignment program found on PATH; shared by the aligners that are not Python packages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from Bio.SeqIO.FastaIO import SimpleFastaParser

from ebmflow.data.programs import find_program, run_program
from ebmflow.errors import AlignmentError


def find_aligner(name: str) -> str:
    """Return the path of an alignment program, or raise an error that says how to get it."""
    otherwise = "set `align: {kind: famsa}`, which needs no program"
    return find_program(name, "align.kind", package=name, otherwise=otherwise)


def align_with_program(command: Sequence[str], sequences: Sequence[str]) -> list[str]:
    """Write FASTA, run a program, read the rows back in the order given.

    Parameters
    ----------
    command : sequence of str
        ``{input}`` and ``{output}`` stand for the files; without ``{output}`` the alignment is
        read from standard output. Standard error goes to the log as it comes.
    """
    with tempfile.TemporaryDirectory(prefix="align-") as temporary:
        source, target = Path(temporary) / "input.fasta", Path(temporary) / "output.fasta"
        with source.open("w", encoding="ascii") as out:
            out.writelines(f">{row}\n{sequence}\n" for row, sequence in enumerate(sequences))
        files = {"{input}": str(source), "{output}": str(target)}
        run_program(
            [files.get(word, word) for word in command],
            lambda found: AlignmentError(command[0], found, "status 0", "see the log"),
            output=None if "{output}" in command else target,
        )
        with target.open(encoding="ascii") as stream:
            rows = {title: row.upper() for title, row in SimpleFastaParser(stream)}
    lost = [row for row in range(len(sequences)) if str(row) not in rows]
    if lost:
        raise AlignmentError(command[0], f"left out {len(lost)} of {len(sequences)} sequences")
    return [rows[str(row)] for row in range(len(sequences))]
