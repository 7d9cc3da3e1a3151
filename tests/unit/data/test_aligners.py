"""Every aligner: same residues, one length, same order, nothing lost without a count."""

from __future__ import annotations

import shutil
import stat
import sys

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.aligners.famsa import Famsa
from ebmflow.data.aligners.hmmalign import HmmAlign
from ebmflow.data.aligners.mafft import Mafft
from ebmflow.data.aligners.muscle import Muscle
from ebmflow.data.aligners.sequences import align_letters, bare_sequences
from ebmflow.data.records import Records
from ebmflow.errors import AlignmentError, ConfigError, DataError

CORE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"


def _records(*rows: str) -> Records:
    return Records(
        names=[f"row{n}" for n in range(len(rows))],
        rows=rows,
        annotations=pd.DataFrame({"number": [str(n) for n in range(len(rows))]}),
        origin="toy.fasta",
    )


RECORDS = _records(
    CORE, CORE[:10] + CORE[14:], "GGG" + CORE, CORE.lower(), CORE[:20] + "U" + CORE[21:]
)


def _check(aligned: Records, before: Records) -> None:
    assert list(aligned.names) == list(before.names)
    assert aligned.rows.width is not None
    residues = [row.replace("-", "") for row in aligned.rows]
    assert residues == [row.upper() for row in before.rows]


@pytest.mark.parametrize("threads", [1, 2])
def test_famsa(threads):
    aligned = Famsa().align(RECORDS, {}, threads=threads, alphabet="protein")
    _check(aligned, RECORDS)
    assert aligned.rows.width == len(CORE) + 3
    rows = list(aligned.rows)
    assert rows[0] == "---" + CORE
    assert rows[1].count("-") == 7


def test_gaps_stops_and_empty_rows_go_before_alignment():
    bare = bare_sequences(_records("AC-D.e*", "---", "GGG"))
    assert list(bare.rows) == ["ACDE", "GGG"]
    assert list(bare.annotations["number"]) == ["0", "2"]
    assert [(line.item, line.rows, line.note) for line in bare.counts.lines] == [
        ("dropped", 1, "no residue")
    ]
    with pytest.raises(DataError, match=r"toy\.fasta: all 2 rows"):
        bare_sequences(_records("-", "--"))


def test_unusual_letters_are_hidden_from_the_tool_and_put_back():
    seen = []

    def tool(rows):
        seen.extend(rows)
        return [row + "-" for row in rows]

    aligned = align_letters(_records("AUC", "BZX"), "protein", "tool", tool)
    assert seen == ["AXC", "XXX"]
    assert list(aligned.rows) == ["AUC-", "BZX-"]
    align_letters(_records("ACU"), "dna", "tool", tool)
    assert seen[-1] == "ACN"


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        (lambda rows: rows[:1], "returned 1 rows"),
        (lambda rows: [rows[0], rows[1] + "-"], "2 lengths"),
        (lambda rows: [rows[0], "-" * len(rows[0])], "row1: returned 0 residues; expected 3"),
    ],
)
def test_a_tool_that_loses_something_is_caught(tool, message):
    with pytest.raises(AlignmentError, match=message):
        align_letters(_records("AAA", "CCC"), "protein", "tool", tool)


def test_alphabets_that_cannot_be_aligned():
    with pytest.raises(ConfigError, match="famsa cannot align rows of alphabet 'dna'"):
        Famsa().align(RECORDS, {}, threads=1, alphabet="dna")
    with pytest.raises(ConfigError, match="alphabet '01'"):
        align_letters(_records("0101"), "01", "mafft", list)
    codes = Records(names=["a"], codes=np.zeros((1, 3), np.uint8), origin="codes")
    with pytest.raises(DataError, match="holds codes"):
        Famsa().align(codes, {}, threads=1, alphabet="protein")


@pytest.mark.parametrize("aligner", [Mafft(), Muscle()])
def test_a_missing_program_is_named_with_what_to_do(aligner, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError) as error:
        aligner.align(RECORDS, {}, threads=1, alphabet="protein")
    for part in (f"program {aligner.kind} is not on PATH", "apt-get install", "famsa"):
        assert part in str(error.value)


@pytest.mark.parametrize("aligner", [Mafft(), Muscle(), Muscle(algorithm="align")])
def test_installed_programs(aligner):
    if shutil.which(aligner.kind) is None:
        pytest.skip(f"{aligner.kind} is not installed")
    _check(aligner.align(RECORDS, {}, threads=2, alphabet="protein"), RECORDS)


def _fake(folder, name: str, body: str, monkeypatch) -> None:
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


PADDING = """
rows = [line.strip() for line in open({source})]
width = max(map(len, rows))
order = list(zip(rows[::2], rows[1::2]))[::-1]
{out}.writelines(title + "\\n" + row.ljust(width, "-").lower() + "\\n" for title, row in order)
"""


def test_mafft_is_called_with_threads_and_may_answer_in_any_order(tmp_path, monkeypatch):
    body = "assert sys.argv[1:-1] == '--auto --amino --thread 3'.split(), sys.argv\n"
    body += PADDING.format(source="sys.argv[-1]", out="sys.stdout")
    _fake(tmp_path, "mafft", body, monkeypatch)
    _check(Mafft().align(RECORDS, {}, threads=3, alphabet="protein"), RECORDS)


def test_muscle_is_called_with_threads(tmp_path, monkeypatch):
    body = "assert sys.argv[1::2] == ['-super5', '-output', '-threads'], sys.argv\n"
    body += PADDING.format(source="sys.argv[2]", out="open(sys.argv[4], 'w')")
    _fake(tmp_path, "muscle", body, monkeypatch)
    _check(Muscle().align(RECORDS, {}, threads=2, alphabet="protein"), RECORDS)


def test_a_program_that_fails_is_quoted(tmp_path, monkeypatch):
    _fake(tmp_path, "mafft", "sys.exit('out of memory')", monkeypatch)
    with pytest.raises(AlignmentError, match="ended with status 1: out of memory"):
        Mafft().align(RECORDS, {}, threads=1, alphabet="protein")


def test_a_program_that_loses_rows_is_caught(tmp_path, monkeypatch):
    _fake(tmp_path, "mafft", "print('>0\\nACD')", monkeypatch)
    with pytest.raises(AlignmentError, match="left out 4 of 5"):
        Mafft().align(RECORDS, {}, threads=1, alphabet="protein")


@pytest.fixture
def profile(tmp_path):
    from pyhmmer.easel import Alphabet, TextMSA, TextSequence
    from pyhmmer.plan7 import Background, Builder

    amino = Alphabet.amino()
    rows = [TextSequence(name=f"s{n}", sequence=CORE) for n in range(3)]
    alignment = TextMSA(name="toy", sequences=rows).digitize(amino)
    with (tmp_path / "toy.hmm").open("wb") as out:
        Builder(amino).build_msa(alignment, Background(amino))[0].write(out)
    return tmp_path / "toy.hmm"


def test_hmmalign_keeps_match_columns_of_the_best_domain(profile):
    aligner = HmmAlign(profile=str(profile))
    assert aligner.roles()["profile"][0].path == profile
    records = _records(
        "GSGSGSGSGS" + CORE + "PPPP",
        "W" * 40,
        CORE[:15] + "GGGG" + CORE[15:],
        CORE[:12] + CORE[16:],
    )
    aligned = aligner.align(records, {"profile": [profile]}, threads=2, alphabet="protein")
    assert list(aligned.names) == ["row0", "row2", "row3"]
    rows = list(aligned.rows)
    assert rows[:2] == [CORE, CORE]
    assert rows[2].count("-") == 4
    assert [(line.rows, line.note) for line in aligned.counts.lines] == [
        (1, "no domain of the profile")
    ]
