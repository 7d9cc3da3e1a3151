"""Every block and every table line of docs/your_own_family.md works, on a synthetic family."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ebmflow.cli import main
from ebmflow.io.dataset_file import read_dataset

DOCUMENT = "docs/your_own_family.md"
BLOCK = re.compile(r"(?:^`([\w/.]+)`:\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\|[^|]*\| `(.*)` \|$", re.MULTILINE)
SETTINGS = """\
title: My family
source: {kind: files, sequences: data/mine.fasta, reader: fasta}
alphabet: protein
labels: {kind: table, file: data/labels.tsv, column: subfamily}
split: {kind: stratified}
"""


@pytest.fixture(scope="module")
def text() -> str:
    return (Path(__file__).resolve().parents[2] / DOCUMENT).read_text()


def blocks(text: str, language: str) -> list[tuple[str, str]]:
    """File name that stands above a block, and the block."""
    return [(name, body) for name, kind, body in BLOCK.findall(text) if kind == language]


def lines_for(text: str, key: str) -> list[str]:
    """Lines of the tables that set a key."""
    return [line for line in ROW.findall(text) if line.startswith(f"{key}:")]


def write_files(text: str) -> None:
    """Do sections 1 and 2 in the working directory."""
    ((_, script),) = blocks(text, "python")
    subprocess.run([sys.executable, "-c", script], check=True)
    for name, body in blocks(text, "yaml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(body)


@pytest.fixture
def family(tmp_path, text, monkeypatch) -> list[tuple[str, str, str]]:
    """A folder with the files of the document; returns name, row and label of every record."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)
    write_files(text)
    records = Path("data/mine.fasta").read_text().split(">")[1:]
    labels = pd.read_csv("data/labels.tsv", sep="\t")["subfamily"]
    parts = (record.split() for record in records)
    return [(name, row, label) for (name, _, row), label in zip(parts, labels, strict=True)]


def settings(**lines: str) -> None:
    """Write config/datasets/mine.yaml: the usual one with some lines replaced."""
    kept = dict(line.split(": ", 1) for line in SETTINGS.splitlines())
    kept |= {line.split(": ", 1)[0]: line.split(": ", 1)[1] for line in lines.values()}
    Path("config/datasets/mine.yaml").write_text(
        "".join(f"{key}: {value}\n" for key, value in kept.items())
    )


def prepared():
    """The dataset that `ebmflow check` makes of the settings."""
    command = ["check", "--dataset", "config/datasets/mine.yaml", "--keep", "kept"]
    assert main(command) == 0
    return read_dataset("kept/mine.parquet")


def test_check_prints_what_the_document_shows(family, text, capsys) -> None:
    commands = [line for _, body in blocks(text, "sh") for line in body.splitlines()]
    assert main(shlex.split(commands[0])[1:]) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    ((_, shown),) = blocks(text, "text")
    places = [said.index(" ".join(line.split())) for line in shown.splitlines()]
    assert places == sorted(places)


def test_every_block_is_of_a_kind_that_is_run(text) -> None:
    kinds = {kind for _, kind, _ in BLOCK.findall(text)}
    assert kinds == {"python", "yaml", "sh", "text"}
    assert text.count("```") == 2 * len(BLOCK.findall(text))
    assert [name for name, _ in blocks(text, "yaml")] == [
        "config/datasets/mine.yaml",
        "config/mine.yaml",
    ]


def write_all_formats(family: list[tuple[str, str, str]]) -> None:
    """The family in every format of the table; insertions are noise that readers must leave out."""
    names, rows, labels = zip(*family, strict=True)
    with_insertions = [f"{row[:3]}ac{row[3:]}" for row in rows]
    for name in ("a2m", "a3m"):
        text = "".join(f">{n}\n{r}\n" for n, r in zip(names, with_insertions, strict=True))
        Path(f"data/mine.{name}").write_text(text)
    body = "".join(f"{n} {r}\n" for n, r in zip(names, with_insertions, strict=True))
    Path("data/mine.sto").write_text(f"# STOCKHOLM 1.0\n{body}//\n")
    frame = pd.DataFrame({"id": names, "seq": rows, "subfamily": labels})
    frame.to_csv("data/mine.csv", index=False)
    frame.to_csv("data/mine.tsv", sep="\t", index=False)
    pq.write_table(pa.Table.from_pandas(frame), "data/mine.parquet")


def test_every_format_gives_the_same_rows(family, text) -> None:
    write_all_formats(family)
    expected = prepared_from(lines_for(text, "source")[0])
    known = [line for line in lines_for(text, "source") if "kind: files" in line]
    assert {re.search(r"mine\.(\w+)", line)[1] for line in known} == {
        "fasta", "a2m", "a3m", "sto", "csv", "tsv", "parquet",
    }  # fmt: skip
    for line in known[1:]:
        found = prepared_from(line)
        assert np.array_equal(found.codes, expected.codes), line
        assert found.names.tolist() == expected.names.tolist(), line
        assert np.array_equal(found.labels, expected.labels), line


def prepared_from(line: str):
    settings(source=line)
    return prepared()


def test_labels_in_a_table_or_in_headers(family, text) -> None:
    write_all_formats(family)
    headers = "".join(f">{n} subfamily={label}\n{row}\n" for n, row, label in family)
    Path("data/mine.fasta").write_text(headers)
    own, keyed, column, header, _ = lines_for(text, "labels")
    classes = pd.read_csv("data/labels.tsv", sep="\t").rename(columns={"name": "accession"})
    classes.to_csv("data/classes.csv", index=False)
    settings(labels=own)
    expected = prepared()
    table = next(line for line in lines_for(text, "source") if "mine.csv" in line)
    for lines in ({"labels": keyed}, {"labels": header}, {"labels": column, "source": table}):
        settings(**lines)
        found = prepared()
        assert found.label_names == expected.label_names == ("alpha", "beta")
        assert np.array_equal(found.labels, expected.labels)


def test_phased_genotypes_of_people(family, text) -> None:
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    people = [f"P{n}" for n in range(20)]
    sites = [
        "\t".join(["1", str(site), ".", "A", "G", ".", "PASS", ".", "GT"]
                  + [f"{(n + site) % 2}|{n % 2}" for n in range(20)])
        for site in range(1, 13)
    ]  # fmt: skip
    Path("data/mine.vcf").write_text("\n".join(["\t".join([head, *people]), *sites]) + "\n")
    panel = "".join(f"P{n}\t{'NS'[n % 2]}\n" for n in range(20))
    Path("data/panel.tsv").write_text("sample\tpopulation\n" + panel)
    source = next(line for line in lines_for(text, "source") if "vcf" in line)
    by_person = next(line for line in lines_for(text, "split") if "by: group" in line)
    settings(
        source=source, labels=lines_for(text, "labels")[-1], split=by_person,
        alphabet="alphabet: binary",
    )  # fmt: skip
    dataset = prepared()
    assert dataset.codes.shape == (40, 12)
    assert dataset.label_names == ("N", "S")
    sides = pd.DataFrame({"person": dataset.groups, "side": dataset.split})
    assert (sides.groupby("person")["side"].nunique() == 1).all()


@pytest.mark.parametrize("letters", ["ACDEFGHIKLMNPQRSTVWY", "ACGT", "ACGU", "01", "HPC"])
def test_every_alphabet(family, text, letters) -> None:
    line = {"ACGT": "dna", "ACGU": "rna", "01": "binary", "HPC": '"-HPC"'}.get(letters, "protein")
    line = f"alphabet: {line}"
    assert line in lines_for(text, "alphabet")
    as_letters = [
        (name, "".join(letters[ord(one) % len(letters)] for one in row.replace("-", "A")), label)
        for name, row, label in family
    ]
    Path("data/mine.fasta").write_text("".join(f">{n}\n{row}\n" for n, row, _ in as_letters))
    settings(alphabet=line)
    dataset = prepared()
    assert dataset.alphabet.letters.replace("-", "") == letters
    decoded = ["".join(dataset.alphabet.letters[code] for code in row) for row in dataset.codes]
    assert decoded == [row for _, row, _ in as_letters]


def test_every_split(family, text) -> None:
    for line in lines_for(text, "split"):
        if "by: group" in line:
            continue  # needs people: above
        settings(split=line)
        dataset = prepared()
        assert 0 < (dataset.split == "test").sum() < len(dataset), line


def test_services_are_named_as_they_are(text) -> None:
    from ebmflow.config.dataset import DatasetConfig

    services = [line for line in lines_for(text, "source") if "accession" in line or "GH30" in line]
    assert len(services) == 2
    for line in services:
        whole = {**yaml.safe_load(SETTINGS), **yaml.safe_load(line)}
        DatasetConfig.model_validate(whole)


@pytest.mark.workflow
@pytest.mark.slow
def test_the_commands_work_in_order(fresh, root, text, monkeypatch) -> None:
    """All of it in a copy of the project, with a machine that trains for ten updates."""
    monkeypatch.chdir(fresh.folder)
    write_files(text)
    recipe = (root / "config/models/rbm_ff.yaml").read_text()
    quick, _, _ = recipe.partition("overrides:")
    quick = re.sub(r"^updates: .*$", "updates: 10", quick, flags=re.MULTILINE)
    fresh.write("config/models/rbm_ff.yaml", re.sub(r"units: \d+", "units: 8", quick))
    for _, body in blocks(text, "sh"):
        for command in body.splitlines():
            words = shlex.split(command.replace("--cores all", "--cores 1"))
            if words[0] == "snakemake":
                fresh.snakemake(*words[1:])
                continue
            done = subprocess.run(
                [sys.executable, "-m", "ebmflow.cli", *words[1:]], capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert Path("results/report.html").is_file()
    assert Path("generated.fasta").read_text().count(">") == 100
    assert len(Path("predicted.tsv").read_text().splitlines()) == 241
