"""Properties of every reader: records in, records out; damaged input is one readable line."""

from __future__ import annotations

import gzip
import string

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebmflow import registry
from ebmflow.data.alphabets import Alphabet
from ebmflow.data.filtering import FilterOptions, filter_records
from ebmflow.errors import EbmflowError

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAMES = st.text(string.ascii_letters + string.digits + "_/|-.", min_size=1, max_size=12)
PROTEIN = "-ACDEFGHIKLMNPQRSTVWYX"


@st.composite
def alignments(draw, letters=PROTEIN):
    """Unique names, and rows of one length."""
    names = draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    names = [f"n{name}" for name in names]  # no name is a comment or an end mark
    width = draw(st.integers(1, 150))
    row = st.text(letters, min_size=width, max_size=width)
    return names, [draw(row) for _ in names]


def as_fasta(names, rows):
    wrapped = ("\n".join(row[i : i + 60] for i in range(0, len(row), 60)) for row in rows)
    return "".join(f">{n} note\n{r}\n" for n, r in zip(names, wrapped, strict=True)).encode()


def as_stockholm(names, rows, width=60):
    text = "# STOCKHOLM 1.0\n"
    for start in range(0, len(rows[0]), width):
        pairs = zip(names, rows, strict=True)
        text += "".join(f"{n}   {r[start : start + width]}\n" for n, r in pairs) + "\n"
    return (text + "//\n").encode()


def as_table(names, rows):
    lines = (f"{n}\t{r}\n" for n, r in zip(names, rows, strict=True))
    return ("name\tsequence\n" + "".join(lines)).encode()


def as_hapt(names, rows):
    return "".join(f"Real s{i}_A {' '.join(row)}\n" for i, row in enumerate(rows)).encode()


def as_vcf(names, rows):
    """Person i has haplotype rows[i] twice."""
    people = "\t".join(names)
    fixed = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    text = f"##fileformat=VCFv4.2\n{fixed}\t{people}\n"
    for site in range(len(rows[0])):
        genotypes = "\t".join(f"{row[site]}|{row[site]}" for row in rows)
        text += f"1\t{site + 1}\t.\tA\tG\t.\tPASS\t.\tGT\t{genotypes}\n"
    return text.encode()


TEXT_FORMATS = {
    "fasta": as_fasta,
    "a2m": as_fasta,
    "a3m": as_fasta,
    "stockholm": as_stockholm,
    "table": as_table,
}
GENOTYPES = {"hapt": as_hapt, "vcf": as_vcf}


def read(kind, folder, data):
    path = folder / f"input.{kind}"
    path.write_bytes(data)
    return registry.component("reader", kind)().read(path)


def result_or_error(call):
    """What a call returns, or the readable error it ends in; a traceback fails the test."""
    try:
        return call(), None
    except EbmflowError as error:
        return None, error


def test_every_reader_is_covered():
    assert set(registry.names("reader")) == {*TEXT_FORMATS, *GENOTYPES, "parquet"}


@pytest.mark.parametrize("kind", TEXT_FORMATS)
@SETTINGS
@given(alignment=alignments(), zipped=st.booleans(), line_end=st.sampled_from([b"\n", b"\r\n"]))
def test_letters_come_back(kind, alignment, zipped, line_end, tmp_path):
    names, rows = alignment
    data = TEXT_FORMATS[kind](names, rows).replace(b"\n", line_end)
    records = read(kind, tmp_path, gzip.compress(data) if zipped else data)
    assert list(records.names) == names
    assert list(records.rows) == rows


@pytest.mark.parametrize("kind", GENOTYPES)
@SETTINGS
@given(alignment=alignments("01"), zipped=st.booleans())
def test_genotypes_come_back(kind, alignment, zipped, tmp_path):
    names, rows = alignment
    data = GENOTYPES[kind](names, rows)
    records = read(kind, tmp_path, gzip.compress(data) if zipped else data)
    copies = 2 if kind == "vcf" else 1
    expected = np.array([[int(c) for c in row] for row in rows for _ in range(copies)])
    assert np.array_equal(records.codes, expected)
    assert len(set(records.names)) == len(records)


@SETTINGS
@given(alignment=alignments())
def test_parquet_rows_come_back(alignment, tmp_path):
    names, rows = alignment
    path = tmp_path / "input.parquet"
    pq.write_table(pa.table({"name": names, "sequence": rows, "year": range(len(rows))}), path)
    records = registry.component("reader", "parquet")().read(path)
    assert list(records.rows) == rows
    assert list(records.annotations["year"]) == [str(i) for i in range(len(rows))]


@pytest.mark.parametrize("kind", ["fasta", "stockholm", "table"])
@SETTINGS
@given(
    alignment=alignments(),
    unknown=st.sampled_from(["gap", "drop"]),
    duplicates=st.sampled_from(["keep", "drop"]),
    row_gaps=st.sampled_from([None, 0.0, 0.3, 1.0]),
)
def test_rows_in_are_kept_or_dropped(kind, alignment, unknown, duplicates, row_gaps, tmp_path):
    names, rows = alignment
    records = read(kind, tmp_path, TEXT_FORMATS[kind](names, rows))
    options = FilterOptions(unknown=unknown, duplicates=duplicates, max_row_gaps=row_gaps)
    protein = Alphabet.named("protein")
    kept, error = result_or_error(lambda: filter_records(records, protein, options))
    if error:
        assert "no row is left" in str(error)
        return
    table = kept.counts.frame().query("step == 'filter'").set_index("item")["rows"]
    dropped = table[table.index == "dropped"].sum()
    assert table["in"] == len(names) == len(kept.codes) + dropped
    assert table["out"] == len(kept.codes) == len(kept.rows)
    decoded = [rows[row].replace("X", "-") for row in kept.rows]
    letters = Alphabet.named("protein").letters
    assert ["".join(letters[code] for code in row) for row in kept.codes] == decoded


@st.composite
def damaged(draw, kind):
    """A good file with bytes cut, changed, inserted or repeated; or any bytes at all."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300))
    letters = "01" if kind in GENOTYPES else PROTEIN
    data = {**TEXT_FORMATS, **GENOTYPES}[kind](*draw(alignments(letters)))
    if draw(st.booleans()):
        data = gzip.compress(data)
    for _ in range(draw(st.integers(1, 3))):
        a, b = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        noise = draw(st.sampled_from([b"", b"\n", b"\t", b"\x00", b">", b"#", b"\xff", data[a:b]]))
        data = data[:a] + noise + data[b:]
    return data


@pytest.mark.parametrize("kind", [*TEXT_FORMATS, *GENOTYPES])
@SETTINGS
@given(draw=st.data())
def test_damaged_files_end_in_one_line(kind, draw, tmp_path):
    data = draw.draw(damaged(kind))
    records, error = result_or_error(lambda: read(kind, tmp_path, data))
    if error:
        assert "\n" not in str(error)
        assert f"input.{kind}" in str(error)
    else:
        assert len(records) > 0


@SETTINGS
@given(data=st.binary(max_size=200))
def test_damaged_parquet_ends_in_one_line(data, tmp_path):
    with pytest.raises(EbmflowError, match=r"input\.parquet"):
        read("parquet", tmp_path, data)


@pytest.mark.parametrize("kind", [*TEXT_FORMATS, *GENOTYPES])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "is a web page"),
        (gzip.compress(bytes(range(256)))[:100], "damaged or truncated gzip"),
    ],
    ids=["empty", "blank", "html", "gzip"],
)
def test_what_is_no_data_is_named(kind, data, found, tmp_path):
    with pytest.raises(EbmflowError, match=found):
        read(kind, tmp_path, data)


@pytest.mark.parametrize("kind", [*TEXT_FORMATS, *GENOTYPES, "parquet"])
def test_absent_file_is_named(kind, tmp_path):
    with pytest.raises(EbmflowError, match=r"absent\.x: cannot be read"):
        registry.component("reader", kind)().read(tmp_path / "absent.x")
