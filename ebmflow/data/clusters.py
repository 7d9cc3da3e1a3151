"""Neighbour counts from clusters of MMseqs2 (linclust), whose time grows linearly with the rows.

An approximation: rows of a cluster are near its representative, not all near one another, and near
rows may be in different clusters. Measured errors: docs/performance.md.
Source: Steinegger, Söding 2018, Nat. Commun. 9:2542.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.programs import find_program, run_program
from ebmflow.errors import ConfigError, DataError

LETTERS = Alphabet.named("protein").letters
OPTION = "weights.clusters_above"
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
    if letters != LETTERS:
        raise ConfigError(
            "dataset", OPTION, letters, expected="proteins", action="set it to null: exact counts"
        )
    otherwise = "set the option to null: exact counts, which need a nanosecond a pair of rows"
    program = find_program("mmseqs", OPTION, package="mmseqs2", otherwise=otherwise)
    with tempfile.TemporaryDirectory(prefix="clusters-") as temporary:
        folder = Path(temporary)
        files = [str(folder / name) for name in ("rows.fasta", "found", "work")]
        _write_sequences(codes, folder / "rows.fasta")
        run_program(
            [program, "easy-linclust", *files,
             "--min-seq-id", str(identity), "-c", COVERAGE, "--threads", str(threads), "-v", "2"],
            lambda found: DataError("mmseqs", found),
        )  # fmt: skip
        representative = np.arange(len(codes))
        pairs = np.loadtxt(folder / "found_cluster.tsv", dtype=np.int64, ndmin=2)
    representative[pairs[:, 1]] = pairs[:, 0]
    return np.bincount(representative, minlength=len(codes))[representative].astype(np.int32)


def _write_sequences(codes: np.ndarray, path: Path) -> None:
    alphabet = np.frombuffer(LETTERS.encode(), np.uint8)
    with path.open("w", encoding="ascii") as out:
        for row, code in enumerate(codes):
            out.write(f">{row}\n{alphabet[code[code > 0]].tobytes().decode('ascii')}\n")
