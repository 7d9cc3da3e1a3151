"""Kingdoms from species codes and lineages."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from ebmflow.data.taxonomy import (
    Species,
    kingdom_of_lineage,
    read_lineages,
    read_species,
    species_code,
)
from ebmflow.errors import DataError

HEADER = "- Total number of identification codes currently defined: {}.\n"
LINES = """\
Code    Taxon    N=Official (scientific) name
_____ _ _______  ____________________________________________________________
AADNV V  648330: N=Aedes albopictus densovirus (isolate Boublik/1994)
                 C=AalDNV
HUMAN E    9606: N=Homo sapiens
9BACT B       2: N=Bacteria
HALSA A   64091: N=Halobacterium salinarum
MYCGJ O  488339: N=Mycoplasma genitalium (strain JCVI-1.0)
9ZZZZ X       1: N=root
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text: str, pack=lambda content: content):
        path = tmp_path / "speclist.txt"
        path.write_bytes(pack(text.encode()))
        return path

    return to_file


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_species_are_read_from_fixed_columns(write, pack):
    species = read_species(write(HEADER.format(6) + LINES, pack))
    assert species["HUMAN"] == Species("Eukaryota", 9606, "Homo sapiens")
    kingdoms = {code: entry.kingdom for code, entry in species.items()}
    assert kingdoms == {
        "AADNV": "Viruses",
        "HUMAN": "Eukaryota",
        "9BACT": "Bacteria",
        "HALSA": "Archaea",
        "MYCGJ": "Other",
        "9ZZZZ": None,
    }


def test_a_cut_list_is_noticed(write):
    with pytest.raises(DataError, match="holds 6 species codes; expected 7 as its header states"):
        read_species(write(HEADER.format(7) + LINES))


def test_a_cut_gzip_list_is_noticed(write):
    with pytest.raises(DataError, match="damaged or truncated gzip"):
        read_species(write(LINES, lambda content: gzip.compress(content)[:-9]))


def test_another_file_is_noticed(write):
    with pytest.raises(DataError, match="is a web page"):
        read_species(write("<html></html>"))
    with pytest.raises(DataError, match="holds 0 species codes"):
        read_species(write("accession,family"))


def test_an_unknown_kingdom_names_the_line(write):
    with pytest.raises(DataError, match=r"line 4: kingdom letter 'Q'; expected one of A, B, E"):
        read_species(write("\n\n\nHUMAN Q    9606: N=Homo sapiens\n"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("A0A2K5JD78_COLAP/421-499", "COLAP"),
        ("sp|P12345|ABC_HUMAN/1-20", "HUMAN"),
        ("A_B_9BACT", "9BACT"),
        ("P12345", ""),
        ("P12345/1_2", ""),
    ],
)
def test_the_code_stands_behind_the_last_underscore(name, code):
    assert species_code(name) == code


def test_kingdoms_of_lineages():
    assert kingdom_of_lineage(["Eukaryota", "Metazoa"]) == "Eukaryota"
    assert kingdom_of_lineage(["unclassified sequences"]) is None


def test_lineages_by_accession_and_name(tmp_path):
    entries = [
        {"accession": "A1", "name": "A1_HUMAN", "lineage": ["Eukaryota"]},
        {"accession": "B1", "name": "B1_9ZZZZ", "lineage": []},
    ]
    path = tmp_path / "lineages.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert read_lineages(path) == {
        "A1": "Eukaryota", "A1_HUMAN": "Eukaryota", "B1": None, "B1_9ZZZZ": None,
    }  # fmt: skip
    path.write_text("[1]\n")
    with pytest.raises(
        DataError, match=r"lineages\.jsonl, line 1: '\[1\]'; expected a UniProt entry"
    ):
        read_lineages(path)


def test_every_pdz_name_has_a_known_species(shared_data):
    species = read_species(shared_data / "taxonomy" / "speclist.txt.gz")
    assert len(species) == 25771
    with gzip.open(shared_data / "PDZ" / "PF00595_mgap6.fasta.gz", "rt") as stream:
        names = [line[1:].strip() for line in stream if line.startswith(">")]
    kingdoms = Counter(species[species_code(name)].kingdom for name in names)
    assert kingdoms == {"Eukaryota": 35187, "Bacteria": 1502, "Viruses": 1}
