"""From aligned letters to codes: gappy columns, unknown letters, gappy rows, duplicates.

The order is fixed: columns first (their gaps are counted over all rows), then, in the kept
columns, letters outside the alphabet, rows with too many gaps, and rows that occur before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from ebmflow.data.alphabets import UNKNOWN, Alphabet
from ebmflow.data.counts import Counts
from ebmflow.data.records import Records
from ebmflow.data.thresholds import largest_count
from ebmflow.errors import AlphabetError, DataError
from ebmflow.options import Options

PROTEIN = Alphabet.named("protein")
FEW_LETTERS = 1000  # too few to tell DNA from protein


class FilterOptions(Options):
    """Which columns and rows of an alignment are kept."""

    max_column_gaps: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Keep columns whose fraction of gaps is at most this (below this if "
        "`strict_columns`); null: keep all.",
    )
    strict_columns: bool = Field(
        False, description="Whether a column with exactly `max_column_gaps` is removed."
    )
    max_row_gaps: float | None = Field(
        None, ge=0, le=1,
        description="Keep rows whose fraction of gaps in the kept columns is at most this.",
    )  # fmt: skip
    unknown: Literal["gap", "drop", "error"] = Field(
        "gap",
        description="Letters that stand for several residues or none (B Z U O J X in proteins): "
        "replace by the gap, drop the row, or stop.",
    )
    duplicates: Literal["keep", "drop"] = Field(
        "keep", description="Rows equal to an earlier row in the kept columns."
    )


@dataclass(frozen=True)
class Filtered:
    """What is left.

    Attributes
    ----------
    codes : ndarray of uint8 (float32 for real data), shape (n, L)
    rows : ndarray of int64, shape (n,)
        Their places among the aligned rows.
    columns : ndarray of int64, shape (L,)
        Their places among the aligned columns.
    counts : Counts
    """

    codes: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    counts: Counts


def filter_records(records: Records, alphabet: Alphabet, options: FilterOptions) -> Filtered:
    """Apply the options to aligned rows; rows of codes are checked against the alphabet.

    Raises
    ------
    AlphabetError
        If a letter is neither in the alphabet nor one that the policy for unknown residues covers.
    DataError
        If no row or no column is left.
    """
    if not len(records):
        raise DataError(records.origin, "no rows", "at least one")
    codes = _encoded(records, alphabet) if records.codes is None else _checked(records, alphabet)
    n, sites = codes.shape
    columns = _columns(codes, alphabet, options)
    if not len(columns):
        rule = f"{'below' if options.strict_columns else 'at most'} {options.max_column_gaps}"
        raise DataError(
            records.origin, f"none of {sites} columns has a fraction of gaps {rule}",
            "some", "raise filter.max_column_gaps",
        )  # fmt: skip
    if len(columns) < sites:
        codes = np.ascontiguousarray(codes[:, columns])
    counts, rows = Counts(), np.arange(n)
    dropped: dict[str, int] = {}
    for reason, drop in (
        ("letters outside the alphabet", _unknown_rows),
        (f"more than {options.max_row_gaps} gaps", _gappy_rows),
        ("equal to an earlier row", _repeated_rows),
    ):
        codes, out = drop(codes, alphabet, options, counts, records, (rows, columns))
        if out is not None and out.any():
            dropped[reason] = int(out.sum())
            codes, rows = codes[~out], rows[~out]
    if not len(rows):
        reasons = ", ".join(f"{rows} {reason}" for reason, rows in dropped.items())
        raise DataError(records.origin, f"no row is left ({reasons})", "some", "relax the filter")
    counts.step("filter", n, dropped, sites_in=sites, sites_out=len(columns))
    if records.rows is not None:
        _check_empty(codes, alphabet, counts, records.origin)
        _warn_of_nucleotides(records, alphabet, counts)
    return Filtered(codes, rows, columns, counts)


def _encoded(records: Records, alphabet: Alphabet) -> np.ndarray:
    """Codes of letters; ambiguous letters are UNKNOWN, others an error."""
    letters = records.rows
    if alphabet.kind == "real":
        raise DataError(records.origin, "rows of letters", "numbers, for alphabet real")
    width = letters.width
    if not width:
        raise DataError(records.origin, "no columns", "aligned rows of one length")
    used = np.zeros(256, bool)
    used[letters.flat] = True
    foreign = used & (alphabet.codes_of_bytes == UNKNOWN) & ~alphabet.ambiguous_bytes
    if foreign.any():
        place = int(foreign[letters.flat].argmax())
        found = chr(letters.flat[place])
        odd = ", or one that is not ASCII" if found == "?" else ""
        row, column = divmod(place, width)
        raise AlphabetError(
            f"{records.origin}, record {row + 1} ({records.names[row]}), column {column + 1}",
            f"letter {found!r}{odd}",
            f"letters of {alphabet.letters}"
            + (f" or, by filter.unknown, of {alphabet.ambiguous}" if alphabet.ambiguous else ""),
            _advice(Alphabet.fitting(used)),
        )
    return alphabet.codes_of_bytes[letters.matrix()]


def _advice(fitting: list[str]) -> str:
    names = " or ".join(fitting)
    return f"all letters fit `alphabet: {names}`" if names else "correct the file or `alphabet`"


def _warn_of_nucleotides(records: Records, alphabet: Alphabet, counts: Counts) -> None:
    """DNA and RNA pass for proteins of few residues."""
    letters = {chr(byte).upper() for byte in np.unique(records.rows.flat)} - {"-", "."}
    if alphabet.letters.startswith(PROTEIN.letters) and letters <= set("ACGTUN"):
        if len(records.rows.flat) >= FEW_LETTERS:
            found = ", ".join(sorted(letters))
            counts.warn("filter", f"the only letters are {found}: is `alphabet: protein` meant?")


def _check_empty(codes: np.ndarray, alphabet: Alphabet, counts: Counts, origin: str) -> None:
    """Rows of gaps are a sign of a wrong file or of a filter that is too lax."""
    if not alphabet.has_gap:
        return
    empty = int((codes == 0).all(axis=1).sum())
    if empty == len(codes):
        raise DataError(origin, "all rows hold nothing but gaps", "letters", "check the file")
    if empty:
        counts.warn(
            "filter", f"{empty} rows hold nothing but gaps: set filter.max_row_gaps to drop them"
        )


def _checked(records: Records, alphabet: Alphabet) -> np.ndarray:
    """Codes as they are, if they are codes of the alphabet."""
    codes = records.codes
    if alphabet.kind == "real":
        codes = codes.astype(np.float32, copy=False)
        wrong, expected = ~np.isfinite(codes), "finite numbers"
    else:
        integer = codes.astype(np.uint8, copy=False)
        wrong, expected = (
            (integer != codes) | (integer >= alphabet.states),
            (f"whole numbers below {alphabet.states}"),
        )
        codes, found = integer, codes
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        value = (codes if alphabet.kind == "real" else found)[row, column]
        raise AlphabetError(
            f"{records.origin}, record {row + 1} ({records.names[row]}), column {column + 1}",
            f"value {value}", expected, "correct the file or the setting `alphabet`",
        )  # fmt: skip
    return codes


def _columns(codes: np.ndarray, alphabet: Alphabet, options: FilterOptions) -> np.ndarray:
    if options.max_column_gaps is None or not alphabet.has_gap:
        return np.arange(codes.shape[1])
    gaps = np.count_nonzero(codes == 0, axis=0)
    limit = largest_count(options.max_column_gaps, len(codes), strict=options.strict_columns)
    return np.flatnonzero(gaps <= limit)


def _unknown_rows(codes, alphabet, options, counts, records, kept):
    if alphabet.kind == "real" or records.codes is not None:
        return codes, None
    unknown = codes == UNKNOWN
    if not unknown.any():
        return codes, None
    _, columns = kept
    found = records.rows.matrix()[:, columns][unknown]
    upper = np.where(found >= ord("a"), found - 32, found)
    for letter, number in zip(*np.unique(upper, return_counts=True), strict=True):
        counts.add("filter", "unknown letters", note=f"{number} x {chr(letter)}")
    affected = unknown.any(axis=1)
    if options.unknown == "drop":
        return codes, affected
    if options.unknown == "error" or not alphabet.has_gap:
        row, column = np.argwhere(unknown)[0]
        raise AlphabetError(
            f"{records.origin}, record {row + 1} ({records.names[row]}), "
            f"column {columns[column] + 1}",
            f"letter {chr(found[0])!r} ({int(affected.sum())} rows have such letters)",
            f"letters of {alphabet.letters}",
            "set filter.unknown to drop" + (" or gap" if alphabet.has_gap else ""),
        )
    codes = codes.copy()
    codes[unknown] = 0
    counts.add("filter", "rows with unknown letters", rows=int(affected.sum()), note="set to gap")
    return codes, None


def _gappy_rows(codes, alphabet, options, counts, records, kept):
    if options.max_row_gaps is None or not alphabet.has_gap:
        return codes, None
    gaps = np.count_nonzero(codes == 0, axis=1)
    return codes, gaps > largest_count(options.max_row_gaps, codes.shape[1])


def _repeated_rows(codes, alphabet, options, counts, records, kept):
    if options.duplicates == "keep":
        return codes, None
    rows = np.ascontiguousarray(codes)
    whole = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).reshape(-1)
    _, first = np.unique(whole, return_index=True)
    repeated = np.ones(len(codes), bool)
    repeated[first] = False
    return codes, repeated
