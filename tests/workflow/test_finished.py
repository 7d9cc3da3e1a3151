"""What a finished study leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ebmflow.io.table_file import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


def ebmflow(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ebmflow.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_snakemake_writes_its_own_report(finished, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    finished.snakemake("--report", str(page))
    assert page.stat().st_size > 100_000


def test_the_manifest_lists_every_final_file_and_is_verified(finished) -> None:
    done = ebmflow(finished.folder, "verify")
    assert done.returncode == 0, done.stdout
    listed = (finished.folder / "results" / "summary" / "manifest.tsv").read_text()
    for name in ("results/report.html", "results/datasets/family.parquet"):
        assert f"\n{name}\t" in listed


def test_a_changed_file_is_found(finished) -> None:
    report = finished.folder / "results" / "report.html"
    before = report.read_bytes()
    stat = report.stat()
    report.write_bytes(before + b" ")
    try:
        done = ebmflow(finished.folder, "verify")
    finally:
        report.write_bytes(before)
        import os

        os.utime(report, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert done.returncode == 1
    assert "results/report.html: differs from what rule write_report wrote" in done.stdout


def test_tables_carry_provenance(finished) -> None:
    results = finished.folder / "results"
    kinds = {
        "data/family/aligned.parquet": ("aligned", "align"),
        "datasets/family.parquet": ("dataset", "split_dataset"),
        "samples/family/small/seed-0/per_label.parquet": ("samples", "sample"),
    }
    for name, (kind, rule) in kinds.items():
        facts = read_table(results / name, kind=kind)[1]["provenance"]
        assert facts["rule"] == rule
        assert facts["inputs"] or rule == "align"
        assert facts["environment"]["torch"]
        assert len(facts["code"]) == 16


def test_no_checkpoints_are_left(finished) -> None:
    assert not list((finished.folder / "results").rglob("checkpoint*.safetensors"))


def test_generated_rows_by_label(finished) -> None:
    model = "results/models/family/small/seed-0"
    done = ebmflow(finished.folder, "sample", "--model", model, "--label", "a", "-n", "3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == ">generated_1 label=a"
    assert len(lines) == 6
    assert len(lines[1]) == 12


def test_labels_of_generated_rows_are_predicted(finished, tmp_path: Path) -> None:
    model = "results/models/family/small/seed-0"
    rows = tmp_path / "rows.fasta"
    ebmflow(finished.folder, "sample", "--model", model, "-n", "4", "--output", str(rows))
    done = ebmflow(finished.folder, "predict", "--model", model, "--rows", str(rows))
    assert done.returncode == 0, done.stderr
    header, *lines = done.stdout.splitlines()
    assert header.split("\t") == ["name", "label", "p(a)", "p(b)"]
    assert len(lines) == 4
    for line in lines:
        assert sum(map(float, line.split("\t")[2:])) == pytest.approx(1, abs=1e-5)


def test_labels_of_unaligned_sequences_are_predicted(finished, tmp_path: Path) -> None:
    model = "results/models/family/small/seed-0"
    rows = tmp_path / "new.fasta"
    known = (finished.folder / "config" / "family.fasta").read_text().splitlines()[1]
    rows.write_text(f">known\n{known}\n>longer\n{known[:6]}X{known[6:]}\n")
    done = ebmflow(finished.folder, "predict", "--model", model, "--rows", str(rows))
    assert done.returncode == 0, done.stderr
    header, *lines = (line.split("\t") for line in done.stdout.splitlines())
    assert header == ["name", "label", "p(a)", "p(b)", "residues", "left_out"]
    assert [line[4:] for line in lines] == [["12", "0"], ["13", "1"]]
    assert lines[0][1:4] == lines[1][1:4]
    assert "1 of 25 residues have no column" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--label", "c"], "--label: found 'c'; expected one of: a, b"),
        (["--age", "5"], "--age: found '5'; expected one of: last, "),
    ],
)
def test_wrong_requests_end_in_one_line(finished, arguments: list[str], sentence: str) -> None:
    model = "results/models/family/small/seed-0"
    done = ebmflow(finished.folder, "sample", "--model", model, *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_command_line_trains_and_scores_like_the_workflow(finished, tmp_path: Path) -> None:
    results = finished.folder / "results"
    done = ebmflow(
        finished.folder,
        *("train", "--dataset", "results/datasets/family.parquet"),
        *("--recipe", "config/models/small.yaml", "--output", str(tmp_path / "run")),
        *("--device", "cpu"),
    )
    assert done.returncode == 0, done.stderr
    manifest = results / "models" / "family" / "small" / "seed-0" / "manifest.tsv"
    ages = [line.split("\t")[:2] for line in manifest.read_text().splitlines()]
    own = (tmp_path / "run" / "manifest.tsv").read_text()
    assert [line.split("\t")[:2] for line in own.splitlines()] == ages
    done = ebmflow(
        finished.folder,
        *("score", "--samples", "results/samples/family/small/seed-0/per_label.parquet"),
        *("--dataset", "results/datasets/family.parquet", "--metric", "spectrum"),
        *("--output", str(tmp_path / "scores.parquet")),
    )
    assert done.returncode == 0, done.stderr
    ours = read_table(tmp_path / "scores.parquet", kind="scores")[0]
    path = results / "scores" / "family" / "small" / "seed-0" / "per_label" / "spectrum.parquet"
    theirs = read_table(path, kind="scores")[0]
    assert list(ours["value"]) == pytest.approx(list(theirs["value"]), nan_ok=True)
