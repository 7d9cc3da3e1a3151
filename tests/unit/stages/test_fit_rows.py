"""Rows as a user has them, brought to the columns of a model."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.records import Records
from ebmflow.errors import DataError, ShapeError
from ebmflow.io.aligned_file import write_aligned
from ebmflow.stages.filter_gaps import filter_gaps
from ebmflow.stages.fit_rows import family_of, fit_rows

PROTEIN = Alphabet.named("protein")
CORE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"
WIDTH, SITES = len(CORE) + 2, len(CORE)  # two columns of the alignment are gaps but for one row


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """Folder of a prepared family of 20 rows."""
    generator = np.random.default_rng(0)
    folder = tmp_path / "results" / "data" / "mine"
    rows = []
    for number in range(20):
        row = np.array(list(CORE))
        row[generator.random(SITES) < 0.1] = "A"
        rows.append("".join(row[:10]) + ("GG" if number == 0 else "--") + "".join(row[10:]))
    names = [f"row{number}" for number in range(20)]
    write_aligned(folder / "aligned.parquet", Records(names, rows, origin="mine.fasta"))
    spec = {"alphabet": "protein", "filter": {"max_column_gaps": 0.5}}
    files = {name: folder / f"{name}.parquet" for name in ("aligned", "filtered")}
    filter_gaps(**files, spec=spec, dataset="mine")
    return folder


def _new(*rows: str) -> Records:
    return Records([f"new{number}" for number in range(len(rows))], rows, origin="new.fasta")


def test_rows_of_the_models_columns_are_taken_as_they_are():
    records = _new(CORE)
    fitted = fit_rows(records, PROTEIN, SITES, None)
    assert fitted.records is records
    assert fitted.left_out is None


def test_rows_of_the_alignment_lose_the_columns_that_the_filter_removed(family: Path):
    fitted = fit_rows(_new(CORE[:10] + "WW" + CORE[10:]), PROTEIN, SITES, family)
    assert list(fitted.records.rows) == [CORE]
    assert fitted.left_out is None


def test_unaligned_rows_are_placed_and_residues_without_a_column_counted(family: Path, caplog):
    records = _new(CORE[:10] + "GG" + CORE[10:20] + "-", CORE, "---", CORE[4:])
    with caplog.at_level(logging.INFO):
        fitted = fit_rows(records, PROTEIN, SITES, family)
    assert list(fitted.records.rows) == [CORE[:20] + "-" * 13, CORE, "----" + CORE[4:]]
    assert list(fitted.records.names) == ["new0", "new1", "new3"]
    assert list(fitted.residues) == [22, 33, 29]
    assert list(fitted.left_out) == [2, 0, 0]
    assert "1 rows without a residue are left out" in caplog.text
    assert "2 of 84 residues have no column" in caplog.text
    assert "warning" not in caplog.text


def test_sequences_that_hardly_fit_are_named(family: Path, caplog):
    fit_rows(_new(CORE, "W" * 60, CORE[:6]), PROTEIN, SITES, family)
    many, few = caplog.messages[-2:]
    assert "more than 50% of the residues have no column" in many
    assert many.endswith("new1")
    assert "less than 25% of the columns are filled" in few
    assert few.endswith("new1, new2")


def test_rows_that_fit_by_chance_are_placed_on_request(family: Path):
    shifted = CORE[3:] + "WWW"
    assert list(fit_rows(_new(shifted), PROTEIN, SITES, family).records.rows) == [shifted]
    fitted = fit_rows(_new(shifted), PROTEIN, SITES, family, unaligned=True)
    assert list(fitted.records.rows) == ["---" + CORE[3:]]
    assert list(fitted.left_out) == [3]


def test_refusals_say_what_to_do(family: Path, tmp_path: Path):
    with pytest.raises(ShapeError, match=r"rows of 5 columns; expected 33 columns.*--family"):
        fit_rows(_new("ACDEF"), PROTEIN, SITES, None)
    with pytest.raises(DataError, match=r"holds no aligned\.parquet"):
        fit_rows(_new("ACDEF"), PROTEIN, SITES, tmp_path)
    with pytest.raises(ShapeError, match=r"33 columns are kept, the model has 34"):
        fit_rows(_new("ACDEF"), PROTEIN, SITES + 1, family)
    with pytest.raises(ShapeError, match=r"letters '01' cannot be aligned"):
        fit_rows(_new("01"), Alphabet.named("binary"), SITES, family)


def test_the_family_is_found_beside_the_models(family: Path, tmp_path: Path):
    model = tmp_path / "results" / "models" / "mine" / "rbm" / "seed-0"
    assert family_of(model, "mine") == family
    assert family_of(model / "ages" / "age-5.safetensors", "mine") == family
    assert family_of(model, "other") is None
    assert family_of(model, None) is None
