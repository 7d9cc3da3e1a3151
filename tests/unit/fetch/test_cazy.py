"""CAZy families: table and NCBI, dbCAN's file, or a file at hand."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from ebmflow.data.fetching.cazy import families_by_accession
from ebmflow.data.fetching.transport import Failure
from ebmflow.data.sources.cazy import Cazy, subfamilies
from ebmflow.errors import DataError, FetchError
from ebmflow.stages.fetch import fetch, read_fetched
from tests.support.fake_server import WEB_PAGE, Answer

TABLE = """\
GH30_1\tBacteria\tA b\tAAA1.1\tncbi
GH30\tBacteria\tA b\tAAA1.1\tncbi
GH30_8\tEukaryota\tC d\tBBB2.1
GH30\tEukaryota\tE f\tCCC3.1\tncbi
GH3\tBacteria\tE f\tDDD4.1\tncbi
GH30_2\tEukaryota\tG h\t12345\tjgi
GH30_1\tBacteria\tA b\tEEE5.1\tncbi
GH30_2\tBacteria\tA b\tEEE5.1\tncbi

"""


def _zip(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("cazy_data.txt", text)
    return out.getvalue()


def test_the_table_gives_families_by_accession():
    found = families_by_accession(TABLE.encode().splitlines(keepends=True), "GH30")
    assert found == {
        "AAA1.1": {"GH30", "GH30_1"},
        "BBB2.1": {"GH30_8"},
        "CCC3.1": {"GH30"},
        "EEE5.1": {"GH30_1", "GH30_2"},
    }
    with pytest.raises(Failure, match="line 2: 2 columns"):
        families_by_accession([b"GH1\ta\tb\tc\n", b"GH1\ta\n"], "GH1")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("A.1|GH30_8|3.2.1.136", ["GH30_8"]),
        ("A.1|CBM5|GH30", []),
        ("A.1|GH30_1|GH30_2", ["GH30_1", "GH30_2"]),
        ("A.1|GH30_1|GH30_1", ["GH30_1"]),
        ("A.1|GH300_1", []),
        ("GH30_1", []),
    ],
)
def test_subfamilies_of_a_header(header, found):
    assert subfamilies(header, "GH30") == found


def _proteins(asked) -> Answer:
    names = asked.form["id"][0].split(",")
    return Answer("".join(f">{name} x\nACDEF\n" for name in names if name != "CCC3.1").encode())


@pytest.fixture
def get(server, client, tmp_path, monkeypatch):
    """Fetch and read a family the way the workflow does."""
    for variable in ("EBMFLOW_MIRROR", "NCBI_API_KEY", "NCBI_EMAIL"):
        monkeypatch.delenv(variable, raising=False)

    def run(family="GH30", mirror=None, **options):
        spec = {
            "kind": "cazy",
            "family": family,
            "table": {"name": "cazy_data.zip", "url": f"{server.url}/cazy_data.zip",
                      "member": "cazy_data.txt"},
            "eutils": server.url,
            "releases": [f"{server.url}/moved.fa", f"{server.url}/CAZyDB.fa"],
            **options,
        }  # fmt: skip
        source = Cazy.model_validate({key: value for key, value in spec.items() if key != "kind"})
        files = {}
        for role in source.roles():
            fetched = tmp_path / f"{role}.json"
            fetch(
                fetched=fetched, spec={"source": spec}, role=role, mirror=mirror, client=client,
                downloads=tmp_path / "downloads",
            )  # fmt: skip
            files[role] = read_fetched(fetched)
        generator = np.random.default_rng(0)
        records = source.read(files, generator=generator, dataset_dir=tmp_path)
        return records, json.loads((tmp_path / "sequences.json").read_text())["files"][0]

    return run


def _dropped(records) -> dict[str, int]:
    return {line.note: line.rows for line in records.counts.lines if line.item == "dropped"}


def test_labels_from_cazy_and_sequences_from_ncbi(server, get):
    server.serve("/cazy_data.zip", _zip(TABLE))
    server.serve_by("/efetch.fcgi", _proteins)
    records, file = get()
    assert dict(zip(records.names, records.annotations["subfamily"], strict=True)) == {
        "AAA1.1": "GH30_1",
        "BBB2.1": "GH30_8",
    }
    assert _dropped(records) == {"two subfamilies": 1}
    assert file["source"] == f"{server.url}/efetch.fcgi"


def test_the_file_of_dbcan_is_next_and_a_moved_one_is_recognised(server, get, caplog):
    server.serve("/moved.fa", WEB_PAGE)
    server.serve("/CAZyDB.fa", b">A.1|GH30_1|CBM2\nAC\nDE\n>B.1|GH3\nFF\n>C.1|CBM5|GH30\nGG\n")
    records, file = get()
    assert list(records.rows) == ["ACDE", "GG"]
    assert records.annotations["subfamily"].fillna("").tolist() == ["GH30_1", ""]
    assert file["source"].endswith("CAZyDB.fa, family GH30")
    assert "moved.fa, family GH30: a web page instead of data" in caplog.text


def test_when_nobody_has_it_everybody_is_named(server, get):
    with pytest.raises(FetchError) as error:
        get()
    text = str(error.value)
    for part in ("GH30.faa.gz", "efetch.fcgi", "cazy_data.zip", "moved.fa", "CAZyDB.fa"):
        assert part in text
    assert "\n" not in text


def test_limits_and_repeated_accessions_are_counted(get, tmp_path):
    rows = [("A|GH5_1", 30), ("A|GH5_1", 30), ("B|GH5_2", 5), ("C|GH5", 300), ("D|GH5_1", 40)]
    text = "".join(f">{header}\n{'A' * length}\n" for header, length in rows)
    (tmp_path / "my.faa").write_text(text)
    records, file = get("GH5", file=str(tmp_path / "my.faa"), shortest=10, longest=100)
    assert list(records.names) == ["A", "D"]
    assert _dropped(records) == {
        "accession repeated": 1,
        "shorter than 10 residues": 1,
        "longer than 100 residues": 1,
    }
    assert file["source"] == "path"
    with pytest.raises(DataError, match="no row is left of 5"):
        get("GH5", file=str(tmp_path / "my.faa"), shortest=1000)


def test_small_subfamilies_and_bare_families_can_go_before_alignment(get, tmp_path):
    headers = ["A|GH5_1", "B|GH5_1", "C|GH5_2", "D|GH5", "E|GH5_1"]
    lengths = [10, 10, 10, 10, 3]
    text = "".join(f">{h}\n{'A' * n}\n" for h, n in zip(headers, lengths, strict=True))
    (tmp_path / "my.faa").write_text(text)
    options = {"without_subfamily": "drop", "minimum_size": 2, "shortest": 5}
    records, _ = get("GH5", file=str(tmp_path / "my.faa"), **options)
    assert list(records.names) == ["A", "B"]
    assert _dropped(records) == {
        "subfamily below 2 rows": 1,
        "no subfamily": 1,
        "shorter than 5 residues": 1,
    }


def test_the_best_domain_is_cut_out(get, tmp_path):
    from pyhmmer.easel import Alphabet, TextMSA, TextSequence
    from pyhmmer.plan7 import Background, Builder

    core = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"
    amino = Alphabet.amino()
    rows = [TextSequence(name=f"s{n}", sequence=core) for n in range(3)]
    alignment = TextMSA(name="toy", sequences=rows).digitize(amino)
    with (tmp_path / "toy.hmm").open("wb") as out:
        Builder(amino).build_msa(alignment, Background(amino))[0].write(out)
    text = f">A|GH5_1\nGSGSGSGSGS{core}PPPPPPPP\n>B|GH5_1\n{'W' * 50}\n"
    (tmp_path / "my.faa").write_text(text)
    records, _ = get("GH5", file=str(tmp_path / "my.faa"), domain=str(tmp_path / "toy.hmm"))
    assert list(records.names) == ["A"]
    assert core in records.rows[0]
    assert len(records.rows[0]) < len(core) + 6
    assert _dropped(records) == {"no domain of the profile": 1}


def test_a_family_name_has_a_form():
    with pytest.raises(ValidationError, match="family"):
        Cazy(family="GH30_1")


def test_gh5_in_the_mirror(get, shared_data):
    records, file = get("GH5", mirror=shared_data / "GH5")
    assert file["source"] == "mirror"
    assert len(records) == 7279
    labels = Counter(records.annotations["subfamily"].fillna(""))
    assert (labels[""], labels["GH5_5"], labels["GH5_2"], labels["GH5_4"]) == (954, 1412, 819, 524)
    assert _dropped(records) == {"two subfamilies": 3}


def test_gzip_or_not_under_either_name(get, tmp_path):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "GH30.faa").write_bytes(gzip.compress(b">A.1|GH30_1\nACD\n"))
    assert len(get(mirror=tmp_path / "mirror")[0]) == 1
