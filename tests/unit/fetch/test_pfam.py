"""Pfam families from servers that behave like InterPro, the release folder and UniProt."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.labellers.taxonomy import Taxonomy
from ebmflow.data.sources.pfam import Pfam
from ebmflow.errors import FetchError
from ebmflow.stages.fetch import fetch, read_fetched
from tests.support.fake_server import WEB_PAGE, Answer

ROWS = b"""\
# STOCKHOLM 1.0
#=GF AC   PF00013.36
#=GS A0A1_HUMAN/5-10   AC A0A1.1
A0A1_HUMAN/5-10        AC.-DEfg
B0B1_9BACT/1-6         A-c-DE..
//
"""
PATHS = {
    "wwwapi": "/interpro/wwwapi/entry/pfam/PF00013/",
    "api": "/interpro/api/entry/pfam/PF00013/",
    "release": "/Pfam/current_release/Pfam-A.full.gz",
    "members": "/uniprotkb/search",
}


@pytest.fixture
def get(server, client, tmp_path, monkeypatch):
    """Fetch and read PF00013 the way the workflow does."""
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)

    def run(mirror=None, **options):
        spec = {"kind": "pfam", "accession": "PF00013", **_services(server), **options}
        fetched = tmp_path / "fetched" / "alignment.json"
        fetch(
            fetched=fetched,
            spec={"source": spec},
            role="alignment",
            downloads=tmp_path / "downloads",
            mirror=mirror,
            client=client,
        )
        source = Pfam(**{key: value for key, value in spec.items() if key != "kind"})
        records = source.read(
            {"alignment": read_fetched(fetched)},
            generator=np.random.default_rng(0),
            dataset_dir=tmp_path,
        )
        return records, json.loads(fetched.read_text())["files"][0]

    return run


def _services(server) -> dict[str, str]:
    return {
        "interpro": f"{server.url}/interpro",
        "releases": f"{server.url}/Pfam",
        "uniprot": server.url,
    }


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_interpro_may_or_may_not_compress(server, get, pack):
    server.serve(PATHS["wwwapi"], pack(ROWS))
    records, file = get()
    assert list(records.rows) == ["AC-DE", "A--DE"]
    assert list(records.names) == ["A0A1_HUMAN/5-10", "B0B1_9BACT/1-6"]
    assert server.asked[0].query["annotation"] == ["alignment:full"]
    assert file["source"].startswith(server.url + PATHS["wwwapi"])
    assert "time" not in json.dumps(file)


def test_a_query_that_is_still_computed_is_waited_for(server, get, waits):
    server.serve(PATHS["wwwapi"], Answer(status=408), Answer(status=408), Answer(ROWS))
    assert len(get()[0]) == 2
    assert len(waits) == 2


@pytest.mark.parametrize(
    "answer", [Answer(status=404), Answer(status=204), Answer(WEB_PAGE), Answer(b"")]
)
def test_the_other_interpro_address_is_next(server, get, answer):
    server.serve(PATHS["wwwapi"], answer)
    server.serve(PATHS["api"], ROWS)
    assert PATHS["api"] in get()[1]["source"]


def test_the_release_file_is_next(server, get):
    other = ROWS.replace(b"PF00013", b"PF00012")
    server.serve(PATHS["release"], gzip.compress(other + ROWS + other))
    records, file = get()
    assert len(records) == 2
    assert file["source"].endswith("Pfam-A.full.gz, family PF00013")


def _profile() -> bytes:
    from pyhmmer.easel import Alphabet, TextMSA, TextSequence
    from pyhmmer.plan7 import Background, Builder

    amino = Alphabet.amino()
    rows = [TextSequence(name=f"s{n}", sequence=CORE) for n in range(3)]
    alignment = TextMSA(name="KH_1", sequences=rows).digitize(amino)
    out = io.BytesIO()
    Builder(amino).build_msa(alignment, Background(amino))[0].write(out)
    return out.getvalue()


CORE = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"


def test_members_aligned_here_are_last(server, get):
    entries = [
        {
            "primaryAccession": f"A{n}",
            "uniProtkbId": f"A{n}_HUMAN",
            "organism": {"taxonId": 9606, "lineage": ["Eukaryota"]},
            "sequence": {"value": "GSGSGSGSG" + CORE + "PPPP" * n},
        }
        for n in range(3)
    ]
    hmm = gzip.compress(_profile())

    def interpro(asked) -> Answer:
        is_profile = asked.query["annotation"] == ["hmm"]
        return Answer(hmm) if is_profile else Answer(status=404)

    server.serve_by(PATHS["wwwapi"], interpro)
    server.serve(
        PATHS["members"],
        Answer(json.dumps({"results": entries}).encode(), headers={"X-Total-Results": "3"}),
    )
    records, file = get()
    assert sorted(name.split("/")[0] for name in records.names) == [
        "A0_HUMAN",
        "A1_HUMAN",
        "A2_HUMAN",
    ]
    assert set(records.rows) == {CORE}
    assert file["source"] == "members of PF00013 aligned to its profile"
    query = next(asked.query for asked in server.asked if asked.path == PATHS["members"])
    assert query["query"] == ["(xref:pfam-PF00013)"]


def test_when_nobody_has_it_everybody_is_named(get, server):
    with pytest.raises(FetchError) as error:
        get()
    text = str(error.value)
    assert "\n" not in text
    for part in ("PF00013.alignment.full.gz", "wwwapi", "/api/", "Pfam-A.full.gz", "members of"):
        assert part in text


def test_a_file_from_the_mirror_asks_nobody(server, get, tmp_path):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "PF00013.alignment.full.gz").write_bytes(gzip.compress(ROWS))
    assert get(mirror=tmp_path / "mirror")[1]["source"] == "mirror"
    (tmp_path / "mirror" / "mine.fasta").write_bytes(b">X_HUMAN/1-3\nACD\n>Y_9BACT/1-3\nA-D\n")
    records, _ = get(mirror=tmp_path / "mirror", file={"name": "mine.fasta"})
    assert list(records.rows) == ["ACD", "A-D"]
    assert server.asked == []


def _stockholm_of(shared_data) -> bytes:
    """Return the PDZ rows as Pfam would write them: gzip, two insert columns, accessions."""
    with gzip.open(shared_data / "PDZ" / "PF00595_mgap6.fasta.gz", "rt") as stream:
        entries = stream.read().split(">")[1:]
    lines = ["# STOCKHOLM 1.0", "#=GF AC   PF00595.30"]
    for number, entry in enumerate(entries):
        name, *row = entry.split("\n")
        row = "".join(row)
        insert = "gs" if number % 3 == 0 else ".."
        lines.append(f"{name}  {row[:40]}{insert}{row[40:]}")
    return gzip.compress("\n".join([*lines, "//", ""]).encode(), 1)


def test_pdz_through_the_path_that_kh_takes(server, client, shared_data, tmp_path):
    server.serve("/interpro/wwwapi/entry/pfam/PF00595/", Answer(status=408),
                 Answer(_stockholm_of(shared_data)))  # fmt: skip
    source = {"kind": "pfam", "accession": "PF00595", **_services(server)}
    downloads = tmp_path / "downloads"
    parts = {"alignment": {"source": source}, "species": {"labels": {"kind": "taxonomy"}}}
    for role, spec in parts.items():
        fetch(
            fetched=tmp_path / f"{role}.json", spec=spec, role=role, downloads=downloads,
            mirror=shared_data / "taxonomy", client=client,
        )  # fmt: skip
    files = {role: read_fetched(tmp_path / f"{role}.json") for role in parts}
    records = Pfam(accession="PF00595").read(
        files, generator=np.random.default_rng(0), dataset_dir=tmp_path
    )
    assert len(records) == 36690
    assert records.rows.width == 82
    labelling = Taxonomy().label(records.names, records.annotations, files)
    assert Counter(labelling.labels) == {"Eukaryota": 35187, "Bacteria": 1502, "Viruses": 1}
    assert isinstance(records.annotations, pd.DataFrame)
