"""A whole study of rows and labels with hostile names: they stay text, wherever they go."""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path

import numpy as np
import pytest

from ebmflow.io.dataset_file import read_dataset
from tests.support.workflow_project import family

LABELS = [
    "../../../outside",
    "$(touch pwned); touch pwned",
    "<script>alert('pwned')</script>",
    "--option={x} $\\frac{",
    "first\nsecond\tthird",
    "\u0430lpha",  # a Cyrillic letter in place of the Latin one
    "alpha",
    "l" * 300,
    "; rm -rf * | `pwned` && \u202eright to left",
]
DATASET = """\
title: "Hostile <b>names</b> $x_{"
source: {kind: files, sequences: config/family.csv, reader: {kind: table, sequence: row}}
alphabet: protein
labels: {kind: annotation, column: label}
split: {kind: random, test_fraction: 0.25}
"""

SECRET = "a-key-of-some-length-0123456789"

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


def write_rows(path: Path) -> None:
    """180 rows; the names of some are labels of others."""
    rows = family().split("\n")[1::2] * 2
    with open(path, "w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["name", "label", "row"])
        for number, row in enumerate(rows[:180]):
            label = LABELS[number % len(LABELS)]
            table.writerow([f"{label}#{number}", label, row])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, root: Path):
    from tests.support.workflow_project import new_project

    project = new_project(tmp_path_factory.mktemp("hostile") / "project", root)
    project.write("config/datasets/family.yaml", DATASET)
    write_rows(project.folder / "config" / "family.csv")
    before = {path for path in project.folder.parent.rglob("*")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NCBI_API_KEY", SECRET)
        said = project.snakemake("--cores", "1", "--verbose")
    assert SECRET not in said
    return project.folder, before


def test_labels_stay_what_they_were(study) -> None:
    folder, _ = study
    rows = read_dataset(folder / "results" / "datasets" / "family.parquet")
    assert sorted(rows.label_names) == sorted(LABELS)
    assert np.bincount(rows.labels).tolist() == [20] * len(LABELS)


def test_no_file_is_named_after_them(study) -> None:
    folder, before = study
    for path in set(folder.parent.rglob("*")) - before:
        assert path.is_relative_to(folder), path
        name = path.relative_to(folder).as_posix()
        assert re.fullmatch(r"[\w./+=-]+", name), name
        assert "pwned" not in name
        assert len(path.name) < 120
    assert not (folder.parent / "outside").exists()


def test_the_report_shows_them_as_text(study) -> None:
    folder, _ = study
    page = (folder / "results" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "<b>names" not in page
    shown = html.unescape(page)
    assert all(shown.count(label) > 3 for label in LABELS if "\n" not in label)


def test_tables_as_text_have_one_line_a_row(study) -> None:
    folder, _ = study
    tables = list((folder / "results").rglob("*.tsv"))
    assert len(tables) > 5
    for path in tables:
        with open(path, newline="", encoding="utf-8") as stream:
            widths = {len(row) for row in csv.reader(stream, delimiter="\t")}
        assert len(widths) == 1, path


def test_no_secret_of_the_environment_is_written(study) -> None:
    folder, _ = study
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
