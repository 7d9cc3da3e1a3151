"""Letters, alphabets and codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebmflow.data.alphabets import UNKNOWN, Alphabet
from ebmflow.data.encoding import decode, encode
from ebmflow.data.letters import Letters
from ebmflow.errors import ConfigError

ROWS = st.lists(st.text("-ACDabc.", max_size=8), max_size=8)


@given(ROWS)
def test_rows_come_back(rows):
    letters = Letters.of(rows)
    assert list(letters) == rows
    assert [letters[i] for i in range(-len(rows), len(rows))] == rows + rows
    assert letters.lengths.tolist() == [len(row) for row in rows]


@given(ROWS)
def test_keep_removes_letters(rows):
    wanted = np.zeros(256, bool)
    wanted[[ord(c) for c in "-ACD"]] = True
    expected = ["".join(c for c in row if c in "-ACD") for row in rows]
    assert list(Letters.of(rows).keep(wanted)) == expected


@given(ROWS, st.data())
def test_take_is_that_of_lists(rows, draw):
    index = draw.draw(st.lists(st.integers(0, max(0, len(rows) - 1)), max_size=6))
    index = np.array(index if rows else [], dtype=np.int64)
    assert list(Letters.of(rows).take(index)) == [rows[i] for i in index]
    assert list(Letters.of(rows)[1:4]) == rows[1:4]


def test_rows_of_unequal_length_have_no_width():
    assert Letters.of(["AC", "A"]).width is None
    assert Letters.of(["AC", "GT"]).width == 2
    with pytest.raises(ValueError, match="unequal"):
        Letters.of(["AC", "A"]).matrix()


def test_foreign_characters_become_question_marks():
    assert list(Letters.of(["Aé"])) == ["A?"]


@pytest.mark.parametrize("name", ["protein", "dna", "rna", "binary", "AB-C"])
def test_codes_come_back(name):
    alphabet = Alphabet.named(name)
    codes = np.random.default_rng(0).integers(0, alphabet.states, (20, 9)).astype(np.uint8)
    letters = decode(codes, alphabet)
    assert np.array_equal(encode(letters, alphabet), codes)
    assert np.array_equal(encode(Letters.of([row.lower() for row in letters]), alphabet), codes)
    assert Alphabet.from_metadata(alphabet.metadata()).letters == alphabet.letters


def test_protein_begins_with_the_gap():
    protein = Alphabet.named("protein")
    assert protein.letters == "-ACDEFGHIKLMNPQRSTVWY"
    assert encode(Letters.of(["-.AY", "BXZ!"]), protein).tolist() == [
        [0, 0, 1, 20],
        [UNKNOWN] * 4,
    ]
    assert protein.states == 21
    assert Alphabet.named("C-A").letters == "-CA"


@pytest.mark.parametrize("name", ["real protein", "AA", "A", "", "Äö"])
def test_other_alphabets_are_refused(name):
    with pytest.raises(ConfigError, match=r"protein, dna, rna, binary, real"):
        Alphabet.named(name)
