"""NCBI by accession: batches, pace, withdrawn accessions, interruptions, secrecy of the key."""

from __future__ import annotations

import gzip
import logging

import pytest

from ebmflow.data.fetching.ncbi import NcbiProteins
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.errors import FetchError
from tests.support.fake_server import Answer

PATH = "/efetch.fcgi"


class Service:
    """Answers with a sequence per accession, leaving out withdrawn ones."""

    def __init__(self, server, withdrawn: set[str] = frozenset()) -> None:
        self.withdrawn, self.fail, self.forms = withdrawn, False, []
        self.url = server.serve_by(PATH, self.answer).removesuffix(PATH)

    def answer(self, asked) -> Answer:
        self.forms.append(asked.form)
        accessions = asked.form["id"][0].split(",")
        if self.fail and len(self.forms) > 1:
            return Answer(status=404)
        there = [name for name in accessions if name not in self.withdrawn]
        if not there:
            return Answer(status=400)
        body = "".join(f">{name} some protein [Some species]\nACD\nEFG\n\n" for name in there)
        return Answer(body.encode(), declared=-1)


def _remote(service: Service, number: int, **options) -> RemoteFile:
    headers = {f"P{n:05d}.1": f"P{n:05d}.1|GH30_{n % 9 + 1}" for n in range(number)}
    origin = NcbiProteins(lambda _: headers, service=service.url, **options)
    return RemoteFile("GH30.faa", fallbacks=(origin,))


def _headers(found) -> list[str]:
    with gzip.open(found.path, "rt") as stream:
        return [line[1:].strip() for line in stream if line.startswith(">")]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    monkeypatch.delenv("NCBI_EMAIL", raising=False)


def test_batches_of_200_at_the_allowed_pace(server, fetcher, waits):
    service = Service(server)
    found = fetcher.fetch(_remote(service, 450, email="a@b.example", clock=lambda: 0.0))
    assert _headers(found)[:2] == ["P00000.1|GH30_1", "P00001.1|GH30_2"]
    assert len(_headers(found)) == 450
    assert [len(form["id"][0].split(",")) for form in service.forms] == [200, 200, 50]
    assert service.forms[0]["email"] == ["a@b.example"]
    assert "api_key" not in service.forms[0]
    assert waits == [0.0, 0.34, 0.34]


def test_withdrawn_accessions_are_left_out(server, fetcher):
    service = Service(server, {"P00001.1", *(f"P{n:05d}.1" for n in range(200, 400))})
    assert len(_headers(fetcher.fetch(_remote(service, 410)))) == 209


def test_a_later_run_asks_only_for_missing_batches(server, fetcher):
    service = Service(server)
    service.fail = True
    with pytest.raises(FetchError, match="status 404"):
        fetcher.fetch(_remote(service, 300))
    service.fail, service.forms = False, []
    assert len(_headers(fetcher.fetch(_remote(service, 300)))) == 300
    assert [len(form["id"][0].split(",")) for form in service.forms] == [100]


def test_the_key_is_sent_and_nowhere_written(server, fetcher, monkeypatch, caplog):
    monkeypatch.setenv("NCBI_API_KEY", "very-secret")
    service = Service(server)
    with caplog.at_level(logging.DEBUG):
        fetcher.fetch(_remote(service, 3))
        service.withdrawn = {"P00000.1", "P00001.1", "P00002.1"}
        (fetcher.downloads / "GH30.faa").unlink()
        with pytest.raises(FetchError) as error:
            fetcher.fetch(_remote(service, 3))
    assert service.forms[0]["api_key"] == ["very-secret"]
    assert "very-secret" not in caplog.text + str(error.value)
    for path in fetcher.downloads.rglob("*"):
        if path.is_file():
            assert b"very-secret" not in path.read_bytes()


def test_a_key_allows_a_faster_pace(server, fetcher, waits, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "x")
    fetcher.fetch(_remote(Service(server), 201, clock=lambda: 0.0))
    assert waits == [0.0, 0.11]


def test_an_answer_that_is_no_fasta(server, fetcher):
    url = server.serve(PATH, b'{"error": "cannot process"}').removesuffix(PATH)
    remote = RemoteFile("x", fallbacks=(NcbiProteins(lambda _: {"A.1": "A.1"}, service=url),))
    with pytest.raises(FetchError, match="no FASTA"):
        fetcher.fetch(remote)


def test_no_accession_at_all(server, fetcher):
    remote = RemoteFile("x", fallbacks=(NcbiProteins(lambda _: {}, service=server.url),))
    with pytest.raises(FetchError, match="no accession"):
        fetcher.fetch(remote)
