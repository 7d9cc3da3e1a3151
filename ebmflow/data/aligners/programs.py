"""Run an alignment program found on PATH; shared by the aligners that are not Python packages."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from Bio.SeqIO.FastaIO import SimpleFastaParser

from ebmflow.errors import AlignmentError, ConfigError

log = logging.getLogger(__name__)


def find_program(name: str) -> str:
    """Return the path of a program, or raise an error that says how to get it."""
    found = shutil.which(name)
    if found is None:
        raise ConfigError(
            "dataset",
            "align.kind",
            name,
            found=f"the program {name} is not on PATH",
            expected="an installed program",
            action=f"install it (Debian: apt-get install {name}; conda: bioconda::{name}), "
            "or set `align: {kind: famsa}`, which needs no program",
        )
    return found


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
        _run([files.get(word, word) for word in command], target, "{output}" not in command)
        with target.open(encoding="ascii") as stream:
            rows = {title: row.upper() for title, row in SimpleFastaParser(stream)}
    lost = [row for row in range(len(sequences)) if str(row) not in rows]
    if lost:
        raise AlignmentError(command[0], f"left out {len(lost)} of {len(sequences)} sequences")
    return [rows[str(row)] for row in range(len(sequences))]


def _run(command: list[str], target: Path, to_file: bool) -> None:
    log.info("running %s", " ".join(command))
    last: deque[str] = deque(maxlen=3)
    with (
        target.open("ab") as out,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out if to_file else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,  # universal newlines: progress bars end in carriage returns
            errors="replace",
        ) as process,
    ):
        for line in process.stderr:
            if line.strip():
                last.append(line.strip())
                log.info("%s", line.rstrip())
    if process.returncode != 0:
        found = f"ended with status {process.returncode}: {' / '.join(last)}"
        raise AlignmentError(command[0], found, "status 0", "see the log")
