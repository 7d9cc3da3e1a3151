"""The study for continuous integration in two folders, on one core and on two: the same files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.workflow_project import copy_of_project

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
# These tell how long training took.
TIMED = ("/history.parquet", "/training.svg", "/training.png", "results/report.html")


def run_in(folder: Path, root: Path, cores: int) -> dict[str, str]:
    """Checksums of the final files of a run, those left out that hold times."""
    project = copy_of_project(folder, root)
    project.snakemake("--cores", str(cores), "--configfile", "config/ci.yaml")
    with open(folder / "results" / "summary" / "manifest.tsv", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return {row["file"]: row["sha256"] for row in rows if not row["file"].endswith(TIMED)}


def test_two_runs_agree_byte_for_byte(root: Path, tmp_path: Path) -> None:
    one = run_in(tmp_path / "one", root, 1)
    two = run_in(tmp_path / "elsewhere" / "two", root, 2)
    assert len(one) > 60
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []
