"""One family out of a large release file."""

from __future__ import annotations

import gzip

import pytest

from ebmflow.data.fetching.fetcher import Fetcher
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.streams import FastaFamily, StockholmFamily, fasta_records
from ebmflow.data.fetching.streams import stockholm_block as block_of
from ebmflow.errors import FetchError
from tests.support.fake_server import Answer


def _block(accession: str, row: str) -> bytes:
    head = f"# STOCKHOLM 1.0\n#=GF ID   X\n#=GF AC   {accession}.7\n"
    return f"{head}A_HUMAN/1-5 {row}\nB_9BACT/1-5 {row}\n//\n".encode()


RELEASE = _block("PF00012", "AAAAA") + _block("PF00013", "CC-EE") + _block("PF00131", "DDDDD")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
@pytest.mark.parametrize("accession", ["PF00012", "PF00013", "PF00131"])
def test_a_block_is_found_whatever_the_pieces(size, accession):
    pieces = [RELEASE[at : at + size] for at in range(0, len(RELEASE), size)]
    found = b"".join(block_of(pieces, f"#=GF AC   {accession}.".encode()))
    assert found.startswith(b"# STOCKHOLM 1.0\n")
    assert found.endswith(b"\n//\n")
    assert found.count(b"//") == 1
    assert f"AC   {accession}.".encode() in found


FASTA = b">A.1|GH30_1|3.2.1\nAC\nDE\n>B.1|GH3_1\nFF\n>C.1|CBM5|GH30\nGG\n>D.1|GH300\nHH"


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_records_of_a_family_and_its_subfamilies(size):
    pieces = [FASTA[at : at + size] for at in range(0, len(FASTA), size)]
    found = b"".join(fasta_records(pieces, b"GH30"))
    assert found == b">A.1|GH30_1|3.2.1\nAC\nDE\n>C.1|CBM5|GH30\nGG\n"


def _get(fetcher, origin):
    found = fetcher.fetch(RemoteFile("family", fallbacks=(origin,)))
    with gzip.open(found.path) as stream:
        return found, stream.read()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_streaming_a_release_file(server, fetcher, pack):
    url = server.serve("/Pfam-A.full.gz", pack(RELEASE))
    found, content = _get(fetcher, StockholmFamily(url, "PF00013"))
    assert b"CC-EE" in content
    assert b"AAAAA" not in content
    assert found.source == f"{url}, family PF00013"


def test_a_gzip_file_of_several_members(server, fetcher):
    body = b"".join(gzip.compress(RELEASE[at : at + 40]) for at in range(0, len(RELEASE), 40))
    url = server.serve("/Pfam-A.full.gz", body)
    assert b"DDDDD" in _get(fetcher, StockholmFamily(url, "PF00131"))[1]


def test_a_cut_stream_is_repeated(server, fetcher):
    body = gzip.compress(RELEASE)
    url = server.serve("/r.gz", Answer(body[:80], ranges=False), Answer(body, ranges=False))
    assert b"CC-EE" in _get(fetcher, StockholmFamily(url, "PF00013"))[1]
    assert server.count("/r.gz") == 2


def test_a_family_that_is_not_there(server, fetcher):
    with pytest.raises(FetchError, match="no alignment with accession PF99999"):
        _get(fetcher, StockholmFamily(server.serve("/r", RELEASE), "PF99999"))
    with pytest.raises(FetchError, match="no sequence of family GH99"):
        _get(fetcher, FastaFamily(server.serve("/f", FASTA), "GH99"))
    assert list(fetcher.downloads.glob("*.part")) == []


def test_a_mirrored_release_file_is_read_in_place(tmp_path, client):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "db.fa.gz").write_bytes(gzip.compress(FASTA))
    fetcher = Fetcher(tmp_path / "downloads", tmp_path / "mirror", client)
    origin = FastaFamily("http://127.0.0.1:9/db.fa", "GH30")
    assert _get(fetcher, origin)[1].count(b">") == 2
