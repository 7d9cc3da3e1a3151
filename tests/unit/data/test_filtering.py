"""Gappy columns and rows, unknown letters, duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.aligners.none import NoAligner
from ebmflow.data.alphabets import Alphabet
from ebmflow.data.filtering import FilterOptions, filter_records
from ebmflow.data.records import Records, stack_records
from ebmflow.errors import AlignmentError, AlphabetError, DataError, ShapeError

PROTEIN = Alphabet.named("protein")


def records(*rows):
    return Records([f"r{i}" for i in range(len(rows))], rows=list(rows), origin="x.fasta")


def kept(rows, alphabet=PROTEIN, **options):
    return filter_records(records(*rows), alphabet, FilterOptions(**options))


def letters(filtered):
    return ["".join(PROTEIN.letters[code] for code in row) for row in filtered.codes]


def counts(filtered):
    lines = filtered.counts.frame().query("step == 'filter'")
    return {(line.item, line.note): line.rows for line in lines.itertuples()}


GAPPY = ["A-C-", "AC--", "A---", "AC-D"]  # gaps: 0, 2, 3, 3 of 4


@pytest.mark.parametrize(
    ("limit", "strict", "columns"),
    [
        (None, False, [0, 1, 2, 3]),
        (0.5, False, [0, 1]),
        (0.5, True, [0]),  # KH: keep below half gaps
        (0.7, False, [0, 1]),  # GH30: remove above 70 %
        (0.75, False, [0, 1, 2, 3]),
        (0.75, True, [0, 1]),
        (0.0, False, [0]),
    ],
)
def test_columns_with_gaps(limit, strict, columns):
    found = kept(GAPPY, max_column_gaps=limit, strict_columns=strict)
    assert found.columns.tolist() == columns
    assert letters(found) == ["".join(row[c] for c in columns) for row in GAPPY]


def test_no_column_is_left():
    with pytest.raises(DataError, match=r"none of 2 columns .* below 0\.5"):
        kept(["-A", "A-"], max_column_gaps=0.5, strict_columns=True)


def test_rows_with_gaps_are_counted_in_kept_columns():
    found = kept(["AC-", "A--", "-C-"], max_column_gaps=0.5, max_row_gaps=0.4)
    assert found.columns.tolist() == [0, 1]
    assert letters(found) == ["AC"]
    assert counts(found) == {("in", ""): 3, ("dropped", "more than 0.4 gaps"): 2, ("out", ""): 1}


@pytest.mark.parametrize("letter", "BZUOJX*bx")
def test_unknown_letters_by_policy(letter):
    rows = ["ACD", f"A{letter}D", "ACE"]
    assert letters(kept(rows, unknown="gap")) == ["ACD", "A-D", "ACE"]
    dropped = kept(rows, unknown="drop")
    assert letters(dropped) == ["ACD", "ACE"]
    assert counts(dropped)["dropped", "letters outside the alphabet"] == 1
    assert ("unknown letters", f"1 x {letter.upper()}") in counts(dropped)
    with pytest.raises(AlphabetError, match=r"x\.fasta, record 2 \(r1\), column 2: letter"):
        kept(rows, unknown="error")


@pytest.mark.parametrize("letter", ["1", "?", "!", "@"])
def test_other_letters_are_errors(letter):
    with pytest.raises(AlphabetError, match=r"record 2 \(r1\), column 3: letter '.'.*alphabet"):
        kept(["ACD", f"AC{letter}"], unknown="gap")


def test_unknown_letters_without_a_gap_in_the_alphabet():
    with pytest.raises(AlphabetError, match=r"Set filter\.unknown to drop"):
        kept(["AC", "AX"], Alphabet.named("AC"), unknown="gap")


def test_duplicates_in_kept_columns():
    rows = ["ACD-", "AC-D", "ACD-", "ACX-", "AC--"]
    found = kept(rows, duplicates="drop")
    # The row with X equals the last one once X is a gap; the earlier row stays.
    assert found.rows.tolist() == [0, 1, 3]
    assert counts(found)["dropped", "equal to an earlier row"] == 2
    assert len(kept(rows).codes) == 5
    assert kept(rows, duplicates="drop", max_column_gaps=0.5).rows.tolist() == [0, 1]


def test_no_row_is_left():
    with pytest.raises(DataError, match=r"no row is left \(2 letters outside the alphabet\)"):
        kept(["AX", "XA"], unknown="drop")


def test_rows_of_codes_are_checked():
    binary = Alphabet.named("binary")
    good = Records(["a", "b"], codes=np.array([[0, 1], [1, 1]], np.uint8))
    assert filter_records(good, binary, FilterOptions()).codes.tolist() == [[0, 1], [1, 1]]
    bad = Records(["a", "b"], codes=np.array([[0, 1], [1, 2]], np.uint8), origin="x.parquet")
    with pytest.raises(AlphabetError, match=r"record 2 \(b\), column 2: value 2; .* below 2"):
        filter_records(bad, binary, FilterOptions())
    real = Records(["a"], codes=np.array([[0.5, np.nan]], np.float32))
    with pytest.raises(AlphabetError, match="value nan; expected finite"):
        filter_records(real, Alphabet.named("real"), FilterOptions())
    with pytest.raises(DataError, match="letters"):
        filter_records(records("AC"), Alphabet.named("real"), FilterOptions())


def test_unaligned_rows_are_named():
    with pytest.raises(AlignmentError, match=r"record 2 \(r1\): 2 columns, whereas 2 of 3 have 3"):
        NoAligner().align(records("ACD", "AC", "ACE"))


def test_repeated_names_are_named():
    twice = Records(["a", "b", "a"], rows=["A", "C", "D"], origin="x.fasta")
    with pytest.raises(DataError, match=r"x\.fasta, record 3: name 'a' .* as record 1"):
        twice.with_unique_names()


def test_records_need_one_kind_of_value():
    with pytest.raises(ShapeError, match="one of them"):
        Records(["a"])
    with pytest.raises(ShapeError, match="2 rows; expected 1"):
        Records(["a"], rows=["A", "C"])


def test_stacked_records_have_one_width():
    parts = [
        Records([n], codes=np.zeros((1, w), np.uint8), origin=n) for n, w in (("a", 2), ("b", 3))
    ]
    with pytest.raises(DataError, match="a: 2, b: 3"):
        stack_records(parts)
    both = stack_records([records("A", "CC"), records("DDD")])
    assert list(both.rows) == ["A", "CC", "DDD"]
