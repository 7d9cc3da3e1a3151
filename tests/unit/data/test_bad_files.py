"""Files as people really have them: handled and counted, or one readable line and status 1."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ebmflow.cli import main

WIDTH = 40
SETTINGS = """\
title: Mine
source: {{kind: files, sequences: {file}, reader: {reader}}}
alphabet: {alphabet}
labels: {labels}
split: {split}
{more}
"""
BY_TABLE = "{kind: table, file: labels.tsv, column: fold}"


def _family() -> list[tuple[str, str, str]]:
    """Thirty rows (name, label, residues) of two folds; made up."""
    generator = np.random.default_rng(1)
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
    parents = generator.choice(letters, (2, WIDTH))
    rows = []
    for number in range(30):
        row = parents[number % 2].copy()
        row[generator.choice(WIDTH, 8, replace=False)] = generator.choice(letters, 8)
        rows.append((f"seq{number}", "ab"[number % 2], "".join(row)))
    return rows


FAMILY = _family()


def fasta(rows=FAMILY, change=lambda number, row: row, end="\n") -> str:
    return "".join(
        f">{name} fold={label}{end}{change(number, row)}{end}"
        for number, (name, label, row) in enumerate(rows)
    )


def table(separator="\t", rows=FAMILY, head="name,fold") -> str:
    lines = [head, *(f"{name},{label}" for name, label, _ in rows)]
    return "\n".join(lines).replace(",", separator) + "\n"


def document() -> bytes:
    """What Word writes, as far as it matters: a zip archive of XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("[Content_Types].xml", "<Types/>")
        box.writestr("word/document.xml", f"<w:document>{fasta()}</w:document>")
    return out.getvalue()


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Run `ebmflow check --dataset`; return its status, counts lines and complaint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)

    def run(data=None, labels_file=None, **settings):
        settings = {
            "file": "mine.fasta", "reader": "fasta", "alphabet": "protein",
            "labels": "{kind: regex, pattern: 'fold=(.)'}", "split": "stratified", "more": "",
            **settings,
        }  # fmt: skip
        for name, content in ((settings["file"], data), ("labels.tsv", labels_file)):
            if content is not None:
                Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        Path("mine.yaml").write_text(SETTINGS.format(**settings))
        status = main(["check", "--dataset", "mine.yaml"])
        said = capsys.readouterr()
        complaint = [line for line in said.err.splitlines() if line.startswith("ebmflow check")]
        assert len(complaint) == (status != 0)
        assert "Traceback" not in said.err
        return status, said.out.splitlines(), "".join(complaint)

    return run


def counted(lines: list[str], step: str, item: str) -> str:
    """The first line of a step and item, without them, blanks made single."""
    found = [line.split() for line in lines if " ".join(line.split()).startswith(f"{step} {item}")]
    assert found, f"no {step} {item} in {lines}"
    return " ".join(found[0])[len(f"{step} {item}") :].strip()


GOOD = {
    "plain": fasta(),
    "Windows line ends": fasta(end="\r\n"),
    "old Macintosh line ends": fasta(end="\r"),
    "byte order mark": b"\xef\xbb\xbf" + fasta().encode(),
    "UTF-16, little end first": b"\xff\xfe" + fasta().encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + fasta().encode("utf-16-be"),
    "UTF-32": fasta().encode("utf-32"),
    "gzip": gzip.compress(fasta().encode()),
    "lower case": fasta(change=lambda number, row: row.lower()),
    "blank lines": "\n\n" + fasta().replace(">", "\n>"),
    "names with |": fasta([(f"sp|P{n}|X_HUMAN", *rest) for n, (_, *rest) in enumerate(FAMILY)]),
    "names like paths": fasta([(f"a/../{name}/1-40", *rest) for name, *rest in FAMILY]),
    "long names": fasta([(name + "x" * 5000, *rest) for name, *rest in FAMILY]),
    "Latin-1 names": fasta([(f"Größe_{name}", *rest) for name, *rest in FAMILY]).encode("latin-1"),
}


@pytest.mark.parametrize("case", GOOD)
def test_harmless_oddities_change_nothing(check, case):
    status, lines, _ = check(GOOD[case])
    assert status == 0
    assert counted(lines, "read", "out") == f"30 {WIDTH} mine.fasta"
    assert counted(lines, "labels", "labelled") == "a 15"
    assert counted(lines, "split", "test") == "6"
    assert not [line for line in lines if "warning" in line]


BAD = {
    "empty": ("", "the file is empty"),
    "blank": ("\n \n", "is empty"),
    "gz that is not gz": (b"\x1f\x8bno gzip at all", "damaged gzip file"),
    "cut gz": (gzip.compress(fasta().encode())[:-20], "damaged gzip file"),
    "Word document": (document(), "is a zip archive, or a Word or Excel document"),
    "old Word document": (b"\xd0\xcf\x11\xe0" + bytes(200), "is an old Word or Excel document"),
    "PDF": (b"%PDF-1.4\n%\xe2\xe3", "is a PDF document"),
    "RTF": (b"{\\rtf1 >a\\par ACDE}", "is a document in rich text format"),
    "xz": (b"\xfd7zXZ\x00" + bytes(50), "is packed with xz"),
    "UTF-16 without mark": (fasta().encode("utf-16-le"), "is no text: it has zero bytes"),
    "cut UTF-16": (b"\xff\xfe" + fasta().encode("utf-16-le")[:-1], "damaged UTF-16 text"),
    "Clustal": ("CLUSTAL W (1.8)\n\nseq0  ACDE\n", "is an alignment in Clustal format"),
    "PHYLIP": ("30 40\nseq0 ACDE\n", "begins with '30 40'; expected a FASTA header"),
    "JSON": ('{"seq": "ACDE"}', "expected a FASTA header"),
    "web page": ("<html><body>not found</body></html>", "a web page instead of data"),
    "unequal lengths": (
        fasta(change=lambda number, row: row + "A" * (number == 7)),
        "record 8 (seq7): 41 columns, whereas 29 of 30 have 40",
    ),
    "huge row": (
        fasta(change=lambda number, row: row * (50_000 if number == 0 else 1)),
        "record 1 (seq0): 2000000 columns",
    ),
    "duplicate names": (
        fasta([*FAMILY, FAMILY[3]]),
        "record 31: name 'seq3' stands there already as record 4",
    ),
    "names with blanks": (
        fasta([(f"my seq {name}", *rest) for name, *rest in FAMILY]),
        "A name ends at the first blank of its header: put `_` for the blanks",
    ),
    "no name": (fasta() + ">\nACDE\n", "record 31: has no name"),
    "no sequence": (fasta() + ">last\n", "record 31 (last): has no sequence"),
    "line numbers": (
        fasta(change=lambda number, row: f"  1 {row}"),
        "column 1: letter '1'; expected letters of -ACDEFGHIKLMNPQRSTVWY",
    ),
    "a letter with an accent": (
        fasta(change=lambda number, row: row[:-2] + "é"),
        "letter '?', or one that is not ASCII",
    ),
    "all gaps": (fasta(change=lambda number, row: "-" * WIDTH), "nothing but gaps"),
    "a zero byte": (
        fasta().replace("\n>seq7", "\0\n>seq7"),
        "record 7 (seq6), column 41: byte 0x00, which is no letter",
    ),
    "a long dash": (
        fasta(change=lambda number, row: row if number else "\N{MINUS SIGN}" + row[1:]),
        "record 1 (seq0), column 1: byte 0xe2, which is no letter",
    ),
    "one row": (fasta(FAMILY[:1]), "class 'a' has 1 row(s)"),
    "three rows": (fasta(FAMILY[:3]), "class 'b' has 1 row(s)"),
    "one of a class": (
        fasta([*FAMILY, ("odd", "c", FAMILY[0][2])]),
        "class 'c' has 1 row(s); expected at least 2. Set labels.below_minimum to drop",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_unusable_files_end_in_one_line(check, case):
    data, sentence = BAD[case]
    status, _, complaint = check(data)
    assert status == 1
    assert "mine.fasta" in complaint or "mine.yaml, " in complaint
    assert sentence in complaint


def test_what_was_counted_stands_above_the_complaint(check):
    status, lines, complaint = check(fasta(), table(rows=FAMILY[:-2]), labels=BY_TABLE)
    assert status == 1
    assert counted(lines, "filter", "out") == f"30 {WIDTH}"
    assert "no line for 'seq28' (2 of 30 rows, first: seq28)" in complaint


def test_stops_and_unknown_residues_are_counted(check):
    _, lines, _ = check(fasta(change=lambda number, row: row[:-2] + "X*"))
    assert counted(lines, "filter", "rows with unknown letters") == "30 set to gap"
    assert [line.split()[-3:] for line in lines if "unknown letters" in line][:2] == [
        ["30", "x", "*"],
        ["30", "x", "X"],
    ]


def test_rows_of_gaps_are_warned_of_or_dropped(check):
    data = fasta(change=lambda number, row: "-" * WIDTH if number < 3 else row)
    _, lines, _ = check(data)
    assert counted(lines, "filter", "warning").startswith("3 rows hold nothing but gaps")
    _, lines, _ = check(data, more="filter: {max_row_gaps: 0.9}")
    assert counted(lines, "filter", "dropped") == "3 more than 0.9 gaps"
    _, lines, _ = check(data, more="align: famsa")
    assert counted(lines, "align", "dropped") == "3 no residue"


def test_unaligned_rows_of_strange_letters(check):
    """Residues nobody knows align to nothing; programs for proteins are not asked to align DNA."""
    data = fasta(change=lambda number, row: "X" * 30 if number == 0 else row[number % 5 :])
    _, lines, _ = check(data, more="align: famsa")
    assert counted(lines, "filter", "rows with unknown letters") == "1 set to gap"
    assert counted(lines, "filter", "warning").startswith("1 rows hold nothing but gaps")
    status, _, complaint = check(data, alphabet="dna", more="align: famsa")
    assert status == 1
    assert "famsa cannot align rows of alphabet 'dna'; expected mafft or muscle" in complaint


def test_one_class_is_warned_of(check):
    _, lines, _ = check(fasta([(name, "a", row) for name, _, row in FAMILY]))
    assert counted(lines, "assemble", "warning") == "labels tell nothing: there is only 'a'"


def test_a_class_without_test_rows_is_warned_of(check):
    rows = [*FAMILY, ("odd", "c", FAMILY[0][2])]
    labels = "{kind: regex, pattern: 'fold=(.)', minimum_size: 1}"
    _, lines, _ = check(fasta(rows), labels=labels)
    assert counted(lines, "split", "warning") == "no test row of c"


def test_a_class_of_few_rows_is_warned_of(check, caplog):
    rows = [*FAMILY, *((f"odd{n}", "c", FAMILY[n][2]) for n in range(3))]
    _, lines, _ = check(fasta(rows))
    assert counted(lines, "split", "warning") == (
        "few rows of c (2 training, 1 test): below 10 training or 3 test rows, scores of a label "
        "mean little"
    )
    assert "few rows of c" in caplog.text


def test_dna_read_as_protein_is_warned_of(check):
    def as_dna(number, row):
        return "".join("ACGT"[ord(letter) % 4] for letter in row)

    _, lines, _ = check(fasta(change=as_dna))
    assert "A, C, G, T: is `alphabet: protein` meant?" in counted(lines, "filter", "warning")
    status, lines, _ = check(fasta(change=as_dna), alphabet="dna")
    assert status == 0
    assert not [line for line in lines if "warning" in line]


@pytest.mark.parametrize(
    ("alphabet", "letters", "advice"),
    [("dna", "ACGU", "All letters fit `alphabet: protein or rna`"),
     ("rna", "ACGT", "All letters fit `alphabet: protein or dna`"),
     ("dna", "ACDE", "All letters fit `alphabet: protein`"),
     ("binary", "012", "Correct the file or `alphabet`")],
)  # fmt: skip
def test_the_alphabet_that_fits_is_named(check, alphabet, letters, advice):
    data = fasta(change=lambda number, row: (letters * WIDTH)[:WIDTH])
    status, _, complaint = check(data, alphabet=alphabet)
    assert status == 1
    assert advice in complaint


LABELS = {
    "Windows and byte order mark": b"\xef\xbb\xbf" + table().replace("\n", "\r\n").encode(),
    "UTF-16": table().encode("utf-16"),
    "commas": table(","),
    "semicolons": table(";"),
    "blanks around": table(" \t "),
    "a line twice": table() + "seq0\ta\n",
}


@pytest.mark.parametrize("case", LABELS)
def test_label_tables_are_read(check, case):
    status, lines, _ = check(fasta(), LABELS[case], labels=BY_TABLE)
    assert status == 0
    assert counted(lines, "labels", "labelled") == "a 15"
    assert counted(lines, "labels", "unlabelled") == "0"


BAD_LABELS = {
    "absent": (None, "labels.tsv: is absent"),
    "extra lines": (table() + "new\ta\n", "1 lines match no row, such as 'new'"),
    "misspelt column": (table(head="name,Fold"), "no column 'fold'; expected one of: name, Fold"),
    "misspelt key": (table(head="id,fold"), "no column 'name'; expected one of: id, fold"),
    "no header": (table().partition("\n")[2], "no column 'name'"),
    "two labels": (table() + "seq0\tb\n", "line 32: a second label for 'seq0'"),
    "spreadsheet": (document(), "is a zip archive, or a Word or Excel document"),
    "long line": (table() + "seq0\ta\tx\n", "is no table"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_unusable_label_tables_end_in_one_line(check, case):
    data, sentence = BAD_LABELS[case]
    status, _, complaint = check(fasta(), data, labels=BY_TABLE)
    assert status == 1
    assert "labels.tsv" in complaint
    assert sentence in complaint


def test_missing_labels_may_have_a_name(check):
    rows = [(name, "NA" if number < 6 else label, row)
            for number, (name, label, row) in enumerate(FAMILY)]  # fmt: skip
    _, lines, _ = check(fasta(), table(rows=rows), labels=BY_TABLE)
    assert counted(lines, "labels", "labelled") == "NA 6"
    named = BY_TABLE.replace("}", ", missing_values: [NA]}")
    _, lines, _ = check(fasta(), table(rows=rows), labels=named)
    assert counted(lines, "labels", "labelled") == "a 12"
    assert counted(lines, "labels", "unlabelled") == "6"


def test_a_grouped_split_that_does_not_fit_is_warned_of(check):
    """Two clusters of 14 rows and one of 2: a fifth of 30 rows cannot be made of them."""
    parents = ["A" * WIDTH, "C" * WIDTH, "D" * WIDTH]
    rows = [(f"s{n}", "a", parents[(n >= 14) + (n >= 28)]) for n in range(30)]
    split = "{kind: grouped, by: cluster, test_fraction: 0.2}"
    _, lines, _ = check(fasta(rows), split=split, labels="null")
    assert counted(lines, "split", "warning").startswith("2 test rows where 6 are asked for")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("", "mine.yaml: is empty or no mapping"),
        ("- a\n- b\n", "mine.yaml: is empty or no mapping"),
        ("title: x\n\tsource: y\n", "mine.yaml, line 2"),
        ("title: x\n", "mine.yaml, source: the key is missing"),
        ("{", "mine.yaml, line"),
    ],
)
def test_settings_that_are_no_settings(settings, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(settings)
    assert main(["check", "--dataset", "mine.yaml"]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"more": "weights: {clusters_above: 5}"},
         "mine.yaml, weights: found {'clusters_above': 5}; expected identity_threshold beside"),
        ({"more": "weights: {clusters_above: -1}"}, "mine.yaml, weights.clusters_above: found -1"),
        ({"file": "ftp://host/a.fasta"}, "expected a path, or an address that begins with http"),
        ({"labels": "{kind: regex, pattern: 'no=(.)'}"}, "mine.yaml, labels.pattern: 'no=(.)'"),
        ({"split": "{kind: per_label, test: {z: 1}}"}, "mine.yaml, split.test: no label 'z'"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_found_in_their_file(check, settings, sentence):
    Path("ftp:/host").mkdir(parents=True)
    status, _, complaint = check(fasta(), **settings)
    assert status == 1
    assert sentence in complaint
