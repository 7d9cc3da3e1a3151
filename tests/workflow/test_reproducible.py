"""The same study in two folders, on one core and on two: the same files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.workflow_project import Project, copy_of_project, new_project

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
# These tell how long training took.
TIMED = ("/history.parquet", "/training.svg", "/training.png", "results/report.html")


def checksums(project: Project) -> dict[str, str]:
    """File name -> checksum of the final files of a run, those left out that hold times."""
    with open(project.folder / "results" / "summary" / "manifest.tsv", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return {row["file"]: row["sha256"] for row in rows if not row["file"].endswith(TIMED)}


def assert_same_files(one: Project, two: Project) -> None:
    """Compare the final files of two runs byte for byte."""
    first, second = checksums(one), checksums(two)
    assert len(first) > 20
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_two_runs_agree_byte_for_byte(finished: Project, root: Path, tmp_path: Path) -> None:
    """The finished study ran on two cores; what other tests changed in it is made anew."""
    finished.snakemake("--cores", "2")
    again = new_project(tmp_path / "elsewhere" / "project", root)
    again.snakemake("--cores", "1")
    assert_same_files(finished, again)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_runs_of_every_rule_agree_byte_for_byte(root: Path, tmp_path: Path) -> None:
    one = copy_of_project(tmp_path / "one", root)
    two = copy_of_project(tmp_path / "elsewhere" / "two", root)
    one.snakemake("--cores", "1", "--configfile", "config/ci.yaml")
    two.snakemake("--cores", "2", "--configfile", "config/ci.yaml")
    assert_same_files(one, two)
