"""What each format holds, and the message for each kind of damage: file, line, found, expected."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.readers.fasta import A2mReader, A3mReader, FastaReader
from ebmflow.data.readers.hapt import HaptReader
from ebmflow.data.readers.idx import read_idx
from ebmflow.data.readers.stockholm import StockholmReader
from ebmflow.data.readers.table import ParquetReader, TableReader
from ebmflow.data.readers.vcf import VcfReader
from ebmflow.errors import DataError

HEAD = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n"
VCF = f"##fileformat=VCFv4.2\n{HEAD}"


def site(*genotypes, alt="G", form="GT"):
    return "\t".join(["1", "7", ".", "A", alt, ".", "PASS", ".", form, *genotypes]) + "\n"


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "x.in"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


# -- FASTA and its dialects -----------------------------------------------------------------------


def test_fasta_keeps_headers_and_joins_lines(file):
    records = FastaReader().read(file(">a first one\nAC\nD E\n\n>b\n-.k\n"))
    assert list(records.names) == ["a", "b"]
    assert list(records.rows) == ["ACDE", "--K"]
    assert list(records.annotations["header"]) == ["a first one", "b"]


@pytest.mark.parametrize("reader", [A2mReader, A3mReader, StockholmReader])
def test_only_match_columns_are_kept(file, reader):
    rows = {"a": "ACk.D-", "b": "A-..DE", "c": "-CrsDE"}
    text = "".join(f">{name}\n{row}\n" for name, row in rows.items())
    if reader is StockholmReader:
        lines = "".join(f"{name} {row}\n" for name, row in rows.items())
        text = f"# STOCKHOLM 1.0\n{lines}//\n"
    assert list(reader().read(file(text)).rows) == ["ACD-", "A-DE", "-CDE"]
    assert list(reader(columns="all").read(file(text)).rows) == ["ACK-D-", "A---DE", "-CRSDE"]


def test_pieces_of_a_large_file_join(file, monkeypatch):
    text = "".join(f">n{i} x\n{'ACDEFGH' * (i % 3 + 1)}\n" for i in range(50))
    whole = FastaReader().read(file(text))
    monkeypatch.setattr("ebmflow.data.readers.fasta.PIECE", 16)
    pieces = FastaReader().read(file(text))
    assert list(whole.rows) == list(pieces.rows) == [("ACDEFGH" * (i % 3 + 1)) for i in range(50)]
    assert list(whole.names) == list(pieces.names)


# -- Stockholm ------------------------------------------------------------------------------------


def test_stockholm_blocks_and_tags(file):
    records = StockholmReader().read(
        file(
            "# STOCKHOLM 1.0\n#=GF ID X\n#=GS a/1-4 AC P1.2\n#=GS b/1-4 OS Homo\n\n"
            "a/1-4  AC\nb/1-4  A-\n#=GC SS_cons ..\n\na/1-4  DE\nb/1-4  DF\n//\n"
        )
    )
    assert list(records.rows) == ["ACDE", "A-DF"]
    assert list(records.annotations["accession"]) == ["P1.2", None]
    assert list(records.annotations["organism"]) == [None, "Homo"]


@pytest.mark.parametrize(
    ("reader", "data", "message"),
    [
        (StockholmReader, ">a\nAC\n", r"x\.in, line 1: '>a'; expected '# STOCKHOLM 1\.0'"),
        (StockholmReader, "# STOCKHOLM 1.0\na AC\n", r"line \d: the file ends without '//'"),
        (StockholmReader, "# STOCKHOLM 1.0\na AC DE\n//\n", r"line 2: .* a name and a row"),
        (StockholmReader, "# STOCKHOLM 1.0\n//\n", "has no rows"),
        (
            StockholmReader,
            "# STOCKHOLM 1.0\na AC\n//\n# STOCKHOLM 1.0\na AC\n//\n",
            "expected one alignment",
        ),
        (
            StockholmReader,
            "# STOCKHOLM 1.0\na AC\nb AC\na AD\n//\n",
            r"record 1 \(a\): its name stands before 2 rows",
        ),
        (FastaReader, "ACDE\n", r"begins with 'ACDE'; expected a FASTA header"),
        (FastaReader, ">a\n>b\nAC\n", r"line 1, record 1 \(a\): has no sequence"),
        (FastaReader, ">a\nAC\n>\nAC\n", r"line 3, record 2: has no name"),
        (HaptReader, "Real a_A 0 1\nReal a_B 0\n", r"line 2 \(a_B\): 1 sites; expected 2"),
        (HaptReader, "Real a_A 0 2\n", r"line 1 \(a_A\), site 2: value '2'; expected 0 or 1"),
        (HaptReader, "Real a_A\n", r"line 1: 'Real a_A'; expected two words"),
        (VcfReader, "x\n", r"line 1: 'x'; expected '##fileformat=VCF"),
        (VcfReader, "##fileformat=VCFv4.2\n1\t2\n", r"line 2: .*expected the line '#CHROM"),
        (VcfReader, VCF + site("0|1"), r"line 3: 10 columns; expected 11, as in the line '#CHROM'"),
        (VcfReader, VCF + site("0|1", "0|1", "0|0"), r"line 3: 12 columns; expected 11"),
        (VcfReader, VCF + site("0|1", "0/1"), r"line 3, .*unphased genotype: '0/1' of sample 2"),
        (VcfReader, VCF + site("0|1", ".|1"), r"missing genotype: '\.\|1' of sample 2"),
        (VcfReader, VCF + site("0|2", "0|1"), r"allele other than 0 and 1.* of sample 1"),
        (VcfReader, VCF + site("0|1", "1"), r"no diploid genotype: '1' of sample 2"),
        (VcfReader, VCF + site("0|1", "1|1", alt="G,T"), "several alternative alleles: G,T"),
        (VcfReader, VCF + site("7", "7", form="DP"), "FORMAT does not begin with GT"),
        (VcfReader, VCF, "no usable site"),
        (VcfReader, VCF.replace("S2", "S1") + site("0|1", "1|1"), "sample 'S1' twice"),
        (TableReader, "name,seq\na,AC\n", r"no column 'sequence'; expected one of: name, seq"),
        (TableReader, "name,sequence\na,\n", r"row 1: column 'sequence' is empty"),
        (TableReader, "name,sequence\n", "has no rows below its header"),
        (TableReader, "name,sequence\na,AC,x\n", "lines have more columns than the header"),
        (ParquetReader, "PAR1", "expected a Parquet table"),
    ],
)
def test_damage_is_named(file, reader, data, message):
    with pytest.raises(DataError, match=message) as caught:
        reader().read(file(data))
    assert "x.in" in str(caught.value)
    assert "\n" not in str(caught.value)


# -- genotypes and tables -------------------------------------------------------------------------


def test_vcf_with_more_than_genotypes(file):
    text = VCF + site("0|1:9", "1|1:.", form="GT:DP") + site("0|0", "1|0")
    records = VcfReader().read(file(text))
    assert records.codes.tolist() == [[0, 0], [1, 0], [1, 1], [1, 0]]
    assert list(records.names) == ["S1_A", "S1_B", "S2_A", "S2_B"]
    assert list(records.annotations["group"]) == ["S1", "S1", "S2", "S2"]


def test_hapt_names_people(file):
    records = HaptReader().read(file("Real HG1_A 0 1 1\nReal HG1_B  1 1 0\n"))
    assert records.codes.tolist() == [[0, 1, 1], [1, 1, 0]]
    assert list(records.annotations["sample"]) == ["HG1", "HG1"]


def test_table_columns_become_annotations(file):
    reader = TableReader(sequence="seq", name=None)
    records = reader.read(file("seq\tlabel\nAC\tx\nAD\t\n"))
    assert list(records.names) == ["row_1", "row_2"]
    assert list(records.annotations["label"]) == ["x", None]


# -- IDX ------------------------------------------------------------------------------------------


def idx(dimensions, shape, body):
    return bytes((0, 0, 8, dimensions)) + np.array(shape, ">u4").tobytes() + bytes(body)


def test_idx_holds_arrays(file):
    assert read_idx(file(idx(1, [3], [4, 5, 6])), 1).tolist() == [4, 5, 6]
    images = read_idx(file(idx(3, [2, 1, 2], [1, 2, 3, 4])), 3)
    assert images.tolist() == [[[1, 2]], [[3, 4]]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (idx(1, [3], [4, 5, 6]), "expected IDX images: 00 00 08 03"),
        (idx(3, [2, 1, 2], [1, 2, 3]), r"3 bytes of data; expected 4 for shape \(2, 1, 2\)"),
        (idx(3, [0, 1, 2], []), "is empty"),
        (b"", r"begins with bytes \(none\)"),
        (b"<html></html> and more", "expected IDX images"),
    ],
)
def test_damaged_idx_is_named(file, data, message):
    with pytest.raises(DataError, match=message):
        read_idx(file(data), 3)
