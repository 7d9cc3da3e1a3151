"""Datasets in memory and on disk, and alphabets."""

from __future__ import annotations

import json
import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from ebmflow.data.alphabets import UNKNOWN, Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.data.encoding import decode, encode
from ebmflow.data.letters import Letters
from ebmflow.errors import CheckpointError, ConfigError, DataError
from ebmflow.io.dataset_file import read_dataset, write_dataset
from ebmflow.io.table_file import write_table
from ebmflow.space import StateSpace


def toy(alphabet: str = "protein", dtype: type = np.uint8) -> Dataset:
    return Dataset(
        name="toy",
        alphabet=Alphabet.named(alphabet),
        codes=np.array([[0, 1], [1, 1], [1, 0]], dtype),
        names=np.array(["a", "b", "c"], dtype=object),
        labels=np.array([0, -1, 1]),
        label_names=("x", "y"),
        weights=np.array([1.0, 0.5, 0.25]),
        groups=np.array(["g", None, "g"], dtype=object),
        split=np.array(["train", "test", "train"], dtype=object),
        facts={"kept_columns": [0, 3], "counts": []},
    )


@pytest.mark.parametrize(
    ("alphabet", "dtype", "space"),
    [
        ("protein", np.uint8, StateSpace("categorical", 2, 21, 2)),
        ("binary", np.uint8, StateSpace("binary", 2, 2, 2)),
        ("real", np.float32, StateSpace("real", 2, 0, 2)),
    ],
)
def test_a_dataset_survives_its_file(tmp_path, alphabet, dtype, space):
    written = toy(alphabet, dtype)
    write_dataset(tmp_path / "toy.parquet", written)
    read = read_dataset(tmp_path / "toy.parquet")
    assert read.space == written.space == space
    assert read.codes.dtype == dtype
    for column in ("codes", "names", "labels", "weights", "groups", "split"):
        assert np.array_equal(getattr(read, column), getattr(written, column)), column
    assert (read.name, read.label_names, read.facts["kept_columns"]) == ("toy", ("x", "y"), [0, 3])


def test_the_file_says_what_it_is(tmp_path):
    write_dataset(tmp_path / "toy.parquet", toy(), {"title": "Toy"})
    table = pq.read_table(tmp_path / "toy.parquet")
    assert table.column_names == ["name", "codes", "label", "weight", "group", "split"]
    facts = json.loads(table.schema.metadata[b"ebmflow"])
    assert facts["kind"] == "dataset"
    assert facts["alphabet"] == {"kind": "categorical", "letters": "-ACDEFGHIKLMNPQRSTVWY"}
    assert facts["title"] == "Toy"


def test_another_kind_of_table_is_refused(tmp_path):
    write_table(tmp_path / "x.parquet", {"name": ["a"]}, kind="scores")
    with pytest.raises(CheckpointError, match=r"x\.parquet: holds kind 'scores'"):
        read_dataset(tmp_path / "x.parquet")


def test_parts_and_rows():
    dataset = toy()
    assert dataset.part("train").names.tolist() == ["a", "c"]
    assert dataset.rows(np.array([2, 0])).labels.tolist() == [1, 0]
    assert list(dataset.letters()) == ["-A", "AA", "A-"]
    with pytest.raises(DataError, match="dataset toy: no rows in part 'valid'; expected one of"):
        dataset.part("valid")
    with pytest.raises(DataError, match="no rows in part 'test'"):
        dataset.part("train").part("test")


# -- alphabets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "letters"),
    [
        ("protein", "categorical", "-ACDEFGHIKLMNPQRSTVWY"),
        ("dna", "categorical", "-ACGT"),
        ("rna", "categorical", "-ACGU"),
        ("binary", "binary", "01"),
        ("real", "real", ""),
        ("ACDE-", "categorical", "-ACDE"),
        ("hp", "categorical", "HP"),
        ("01", "binary", "01"),
    ],
)
def test_alphabets_by_name_or_letters(name, kind, letters):
    alphabet = Alphabet.named(name)
    assert (alphabet.kind, alphabet.letters, alphabet.states) == (kind, letters, len(letters))
    assert alphabet.has_gap == letters.startswith("-")
    again = Alphabet.from_metadata(alphabet.metadata())
    assert (again.kind, again.letters) == (kind, letters)


def test_a_typing_error_is_no_list_of_letters():
    with pytest.raises(ConfigError, match=re.escape("Did you mean 'protein'?")):
        Alphabet.named("proteins")


@pytest.mark.parametrize("name", ["", "A", "AAB", "AÄ"])
def test_impossible_alphabets_are_refused(name):
    with pytest.raises(ConfigError, match=re.escape("two or more distinct letters")):
        Alphabet.named(name)


@pytest.mark.parametrize("name", ["protein", "dna", "rna", "binary", "ACDE-", "HP"])
def test_letters_and_codes_are_inverse(name):
    alphabet = Alphabet.named(name)
    codes = np.arange(alphabet.states, dtype=np.uint8)[None]
    rows = decode(codes, alphabet)
    assert list(rows) == [alphabet.letters]
    assert (encode(rows, alphabet) == codes).all()
    assert (encode(Letters.of([alphabet.letters.lower()]), alphabet) == codes).all()


def test_gaps_and_foreign_letters():
    protein = Alphabet.named("protein")
    assert encode(Letters.of([".-XZ1"]), protein).tolist() == [[0, 0, UNKNOWN, UNKNOWN, UNKNOWN]]
    assert encode(Letters.of(["-0."]), Alphabet.named("binary")).tolist() == [[UNKNOWN, 0, UNKNOWN]]
