"""Neighbour counts from clusters of MMseqs2 (linclust), whose time grows linearly with the rows.

An approximation: rows of a cluster are near its representative, not all near one another, and near
rows may be in different clusters. Measured errors: docs/performance.md.
Source: Steinegger, Söding 2018, Nat. Commun. 9:2542.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ebmflow.errors import ConfigError, DataError

log = logging.getLogger(__name__)

LETTERS = "-ACDEFGHIKLMNPQRSTVWY"
COVERAGE = "0.8"  # of both sequences, MMseqs2's own default for linclust


def cluster_sizes(
    codes: np.ndarray, letters: str, identity: float, *, threads: int = 1
) -> np.ndarray:
    """Return for each row the size of its cluster.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
        Aligned proteins; gaps are removed.
    letters : str
        Letters of the codes.
    identity : float
        Least fraction of equal sites, of aligned ones, between a row and its representative.

    Returns
    -------
    ndarray of int32, shape (n,)
        1 for rows that MMseqs2 leaves out (too short).

    Raises
    ------
    ConfigError
        Rows are no proteins, or the program is not on PATH.
    DataError
        The program failed.
    """
    program = _find_program(letters)
    with tempfile.TemporaryDirectory(prefix="clusters-") as temporary:
        folder = Path(temporary)
        _write_sequences(codes, folder / "rows.fasta")
        _run(
            [program, "easy-linclust", folder / "rows.fasta", folder / "found", folder / "work",
             "--min-seq-id", str(identity), "-c", COVERAGE, "--threads", str(threads), "-v", "2"]
        )  # fmt: skip
        representative = np.arange(len(codes))
        pairs = np.loadtxt(folder / "found_cluster.tsv", dtype=np.int64, ndmin=2)
    representative[pairs[:, 1]] = pairs[:, 0]
    return np.bincount(representative, minlength=len(codes))[representative].astype(np.int32)


def _find_program(letters: str) -> str:
    option = "weights.clusters_above"
    if letters != LETTERS:
        raise ConfigError(
            "dataset", option, letters, expected="proteins", action="set it to null: exact counts"
        )
    found = shutil.which("mmseqs")
    if found is None:
        raise ConfigError(
            "dataset",
            option,
            "mmseqs",
            found="the program mmseqs is not on PATH",
            expected="an installed program",
            action="install it (Debian: apt-get install mmseqs2; conda: bioconda::mmseqs2), or "
            "set the option to null: exact counts, which need a nanosecond a pair of rows",
        )
    return found


def _write_sequences(codes: np.ndarray, path: Path) -> None:
    alphabet = np.frombuffer(LETTERS.encode(), np.uint8)
    with path.open("w", encoding="ascii") as out:
        for row, code in enumerate(codes):
            out.write(f">{row}\n{alphabet[code[code > 0]].tobytes().decode('ascii')}\n")


def _run(command: list[object]) -> None:
    words = [str(word) for word in command]
    log.info("running %s", " ".join(words))
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise DataError("mmseqs", f"ended with status {done.returncode}: {' / '.join(lines[-3:])}")
