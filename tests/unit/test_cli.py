"""The command line: quick to answer, readable errors, exit statuses."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from ebmflow.cli import main
from ebmflow.errors import StorageError
from ebmflow.io.atomic import write_text
from ebmflow.io.dataset_file import write_dataset
from tests.support.judged import make_dataset

VERBS = ("check", "compare", "train", "sample", "predict", "score", "fold", "verify")


def test_help_answers_at_once_and_names_every_command() -> None:
    started = time.process_time()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ebmflow.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.process_time() - started < 5
    for verb in VERBS:
        assert verb in done.stdout
    heavy = {"torch", "numpy", "pandas", "pydantic", "snakemake"}
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not heavy & imported


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_explains_itself(verb: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    assert caught.value.code == 0
    assert f"ebmflow {verb}" in capsys.readouterr().out


def test_wrong_command_lines_have_their_own_status() -> None:
    for arguments in ([], ["paint"], ["sample"], ["sample", "--model", "x", "-n", "0"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "absent.yaml"], "ebmflow check: absent.yaml: cannot be read"),
        (["verify", "absent.tsv"], "ebmflow verify: absent.tsv: cannot be read"),
        (["sample", "--model", "absent.safetensors"], "ebmflow sample: absent.safetensors"),
        (["fold", "--sequences", "x.fasta", "--predictor", "latice"],
         "predictor.kind: unknown kind 'latice'"),
        (["score", "--samples", "a", "--dataset", "b", "--output", "c", "--metric", "spectrun"],
         "Did you mean 'spectrum'?"),
        (["convert", "absent", "x", "--from", "adabmdca", "--alphabet", "dna"],
         "ebmflow convert: absent: No such file or directory"),
        (["score", "--samples", "a", "--dataset", "b", "--output", "c", "--metric", "spectrum"],
         "b: is not there; expected a dataset file. Correct the path, or make it"),
    ],
)  # fmt: skip
def test_errors_are_one_line(
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert not captured.out


def test_check_describes_a_study(root: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["check", str(root / "config" / "ci.yaml")]) == 0
    said = capsys.readouterr().out
    assert "training runs" in said
    assert "final files below results/" in said


def test_check_lays_studies_over_each_other(root: Path, capsys: pytest.CaptureFixture) -> None:
    files = ("papers/fast-and-functional.yaml", "offline.yaml")
    assert main(["check", *(str(root / "config" / file) for file in files)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  gh5: ", said, re.MULTILINE)
    assert not re.search(r"^  gh30: ", said, re.MULTILINE)


def test_check_takes_from_the_default_study_what_a_study_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    study = tmp_path / "mine.yaml"
    study.write_text("title: Mine\nruns: [{datasets: [aisnp], models: [rbm_ff], seeds: [0]}]\n")
    assert main(["check", str(study)]) == 0
    said = capsys.readouterr().out
    assert "mine.yaml: Mine" in said
    assert "metrics: entropy, moments" in said


def test_compare_takes_what_a_study_has_made_so_far(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = str(root / "config" / "mnist.yaml")
    data = make_dataset()
    write_dataset(tmp_path / "results" / "datasets" / "mnist.parquet", data)
    assert main(["compare", study, "--config", "scale=0.5", "--output", "found.tsv"]) == 0
    table = pd.read_csv("found.tsv", sep="\t", keep_default_na=False).set_index("id")
    row = table.loc["FF-D1-train"]
    assert float(row["obtained"]) == (data.split == "train").sum()
    assert (row["verdict"], row["data"]) == ("deviates", "reduced")
    assert "scale 0.5" in row["reason"]
    others = table[table["source"] != "Table 1"]
    assert set(others["verdict"]) == {"not run"}
    assert "(spectrum) of rbm_ff was not measured" in table.loc["FF-F3-spectrum", "reason"]
    assert main(["compare", study, "--config", "scale"]) == 1
    assert "expected KEY=VALUE, such as scale=0.02" in capsys.readouterr().err


def test_check_prepares_a_dataset_and_prints_its_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f">r{n} fold={'ab'[n % 2]}\n{'ACDE' if n % 2 else 'EDC-'}{'ACDEFGHIKL'[n % 10]}"
            for n in range(40)]  # fmt: skip
    Path("mine.fasta").write_text("\n".join(rows) + "\n")
    Path("mine.yaml").write_text(
        "title: Mine\n"
        "source: {kind: files, sequences: mine.fasta, reader: fasta}\n"
        "alphabet: protein\n"
        "labels: {kind: regex, pattern: 'fold=(.)'}\n"
        "filter: {duplicates: drop}\n"
        "split: {kind: random}\n"
    )
    assert main(["check", "--dataset", "mine.yaml", "--keep", "kept"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split() == ["step", "item", "label", "rows", "sites", "note"]
    assert "equal to an earlier row" in said
    assert Path("kept/mine.parquet").is_file()
    assert not Path("results").exists()


def test_fold_writes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.fasta").write_text(">a label=one\nACDE-F\n>b\nACD1EF\n")
    assert main(["fold", "--sequences", "x.fasta", "--predictor", "fake"]) == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split("\t") == ["name", "label", "sequence", "plddt", "status"]
    assert first.split("\t")[:3] == ["a", "one", "ACDEF"]
    assert first.endswith("\tstub")
    assert second.endswith("\tinvalid")


def test_output_files_appear_only_when_complete(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.fasta").write_text("no fasta\n")
    arguments = ["fold", "--sequences", "x.fasta", "--predictor", "fake", "--output", "out.tsv"]
    assert main(arguments) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.fasta"]


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(StorageError, match=r"there: cannot be written \(Is a directory\)"):
        write_text(tmp_path / "there", "text")
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]
