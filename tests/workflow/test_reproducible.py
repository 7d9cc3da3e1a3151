"""The same study in another folder, with another number of cores, gives the same files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
# These tell how long training took.
TIMED = ("/history.parquet", "/training.svg", "/training.png", "results/report.html")


def checksums(folder: Path) -> dict[str, str]:
    with open(folder / "results" / "summary" / "manifest.tsv", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        return {row["file"]: row["sha256"] for row in rows if not row["file"].endswith(TIMED)}


def test_two_runs_agree_byte_for_byte(finished, fresh) -> None:
    fresh.snakemake("--cores", "1")
    ours, theirs = checksums(fresh.folder), checksums(finished.folder)
    assert len(ours) > 20
    assert [name for name in theirs if ours.get(name) != theirs[name]] == []
