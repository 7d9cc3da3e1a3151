"""Labels by kingdom."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.labellers.lineage import Lineage
from ebmflow.data.labellers.taxonomy import Taxonomy
from ebmflow.errors import LabelError

SPECIES = """\
HUMAN E    9606: N=Homo sapiens
9BACT B       2: N=Bacteria
9ZZZZ X       1: N=root
"""
NAMES = np.array(["A_HUMAN/1-5", "B_9BACT/2-9", "C_9ZZZZ/1-5", "D_NEWSP/1-4", "E"], dtype=object)


@pytest.fixture
def species(tmp_path):
    (tmp_path / "speclist.txt").write_text(SPECIES)
    return {"species": [tmp_path / "speclist.txt"]}


def _lines(labelling) -> list[tuple]:
    return [(line.item, line.rows, line.note) for line in labelling.counts.lines]


def test_by_mnemonic_rows_without_a_known_kingdom_stay_unlabelled(species):
    labelling = Taxonomy().label(NAMES, pd.DataFrame(index=range(5)), species)
    assert labelling.labels.tolist() == ["Eukaryota", "Bacteria", None, None, None]
    assert labelling.dropped is None
    assert _lines(labelling) == [
        ("without kingdom", 2, "mnemonic not in speclist.txt"),
        ("without kingdom", 1, "no kingdom in the taxonomy"),
    ]


def test_by_taxon_number(species):
    annotations = pd.DataFrame({"taxon": ["9606", None, "2", "1", "77"]})
    labelling = Taxonomy(by="taxon").label(NAMES, annotations, species)
    assert labelling.labels.tolist() == ["Eukaryota", None, "Bacteria", None, None]


def test_a_missing_column_names_those_there_are(species):
    with pytest.raises(LabelError, match="no annotation 'taxon'; expected one of header"):
        Taxonomy(by="taxon").label(NAMES, pd.DataFrame({"header": NAMES}), species)


def test_the_list_is_looked_up_in_the_mirror_by_name():
    (remote,) = Taxonomy().roles()["species"]
    assert remote.name == "speclist.txt"
    assert all(url.startswith("https://") for url in remote.urls)


@pytest.fixture
def lineages(tmp_path):
    entries = [
        {"accession": "P1", "name": "A_HUMAN", "lineage": ["Eukaryota", "Metazoa"]},
        {"accession": "P2", "name": "B_9BACT", "lineage": ["cellular organisms", "Bacteria"]},
        {"accession": "P3", "name": "C_9ZZZZ", "lineage": []},
    ]
    path = tmp_path / "lineages.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return {"lineages": [path]}


def test_by_lineage_of_the_name(lineages):
    labelling = Lineage(query="x").label(NAMES, pd.DataFrame(index=range(5)), lineages)
    assert labelling.labels.tolist() == ["Eukaryota", "Bacteria", None, None, None]
    assert _lines(labelling) == [
        ("without kingdom", 2, "no entry found by the query"),
        ("without kingdom", 1, "no kingdom in the taxonomy"),
    ]


def test_by_lineage_of_the_accession_with_version(lineages):
    annotations = pd.DataFrame({"accession": ["P2.7", "P1", "P9", None, "P3.1"]})
    labelling = Lineage(query="x", column="accession").label(NAMES, annotations, lineages)
    assert labelling.labels.tolist() == ["Bacteria", "Eukaryota", None, None, None]


def test_queries_have_files_of_their_own():
    names = {Lineage(query=query).roles()["lineages"][0].name for query in ("a", "b")}
    assert len(names) == 2
