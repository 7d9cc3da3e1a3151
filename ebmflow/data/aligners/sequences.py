"""What all aligners do before and after: bare residues in, the same residues with gaps out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ebmflow.data.counts import Counts
from ebmflow.data.letters import Letters
from ebmflow.data.records import Records
from ebmflow.errors import AlignmentError, ConfigError, DataError

_GAPS = b"-.~ *"  # * marks the end of a translated protein
RESIDUES = {"protein": b"ACDEFGHIKLMNPQRSTVWY", "dna": b"ACGT", "rna": b"ACGU"}
_ANY = {"protein": b"X", "dna": b"N", "rna": b"N"}


def align_letters(
    records: Records, alphabet: str, kind: str, align: Callable[[list[str]], Sequence[str]]
) -> Records:
    """Run an aligner on bare sequences and put the original residues into its rows.

    The aligner sees unusual residues as X (N for nucleotides): tools differ in what they accept.

    Parameters
    ----------
    kind : str
        Name of the aligner, for messages.
    align : callable
        Upper-case sequences -> rows of one length with ``-`` as gap, in the same order.

    Raises
    ------
    AlignmentError
        If the aligner changed, lost or added a residue.
    """
    if alphabet not in RESIDUES:
        raise ConfigError(
            "dataset", "align.kind", kind,
            found=f"{kind} cannot align rows of alphabet {alphabet!r}",
            expected="alphabet protein, dna or rna, or `align: {kind: none}`",
        )  # fmt: skip
    bare = bare_sequences(records)
    rows = Letters.of(align(list(plain_letters(bare.rows, alphabet))))
    return replace(bare, rows=_restore(bare, rows, kind))


def plain_letters(rows: Letters, alphabet: str) -> Letters:
    """Return upper-case rows with ``-`` for every gap, X (N for nucleotides) for odd residues."""
    table = np.full(256, _ANY[alphabet][0], np.uint8)
    standard = np.frombuffer(RESIDUES[alphabet], np.uint8)
    table[standard] = table[standard | 0x20] = standard  # 0x20 makes a letter lower case
    table[np.frombuffer(_GAPS, np.uint8)] = ord("-")
    return rows.translate(table)


def bare_sequences(records: Records) -> Records:
    """Return upper-case rows without gaps; empty ones are left out and counted."""
    if records.rows is None:
        raise DataError(records.origin, "holds codes", "letters that can be aligned")
    table = np.arange(256, dtype=np.uint8)
    table[ord("a") : ord("z") + 1] -= 32
    wanted = np.ones(256, bool)
    wanted[np.frombuffer(_GAPS, np.uint8)] = False
    bare = replace(records, rows=records.rows.keep(wanted).translate(table))
    return left_out(bare, bare.rows.lengths == 0, "no residue")


def left_out(records: Records, out: np.ndarray, reason: str) -> Records:
    """Return the records without some rows, counted under a reason."""
    if not out.any():
        return records
    counts = Counts(records.counts.lines)
    counts.add("align", "dropped", rows=int(out.sum()), note=reason)
    if out.all():
        raise DataError(records.origin, f"all {len(records)} rows would be left out: {reason}")
    return replace(records.take(~out), counts=counts)


def _restore(bare: Records, rows: Letters, kind: str) -> Letters:
    if len(rows) != len(bare) or rows.width is None:
        raise AlignmentError(
            kind, f"returned {len(rows)} rows of {len(set(rows.lengths))} lengths",
            f"{len(bare)} rows of one length",
        )  # fmt: skip
    matrix = rows.matrix().copy()
    occupied = matrix != ord("-")
    wrong = occupied.sum(axis=1) != bare.rows.lengths
    if wrong.any():
        first = int(wrong.argmax())
        raise AlignmentError(
            f"{kind}, {bare.names[first]}",
            f"returned {occupied[first].sum()} residues",
            f"{bare.rows.lengths[first]}",
        )
    matrix[occupied] = bare.rows.flat
    return Letters.of_matrix(matrix)
