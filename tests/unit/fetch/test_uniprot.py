"""UniProt by query: pages, gaps in them, interruptions, releases that change in between."""

from __future__ import annotations

import gzip
import json
from itertools import chain

import pytest

from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.uniprot import UniProtSearch
from ebmflow.errors import FetchError
from tests.support.fake_server import Answer

PATH = "/uniprotkb/search"


def _entry(number: int) -> dict:
    return {
        "primaryAccession": f"A{number:05d}",
        "uniProtkbId": f"A{number:05d}_HUMAN",
        "organism": {"taxonId": 9606, "lineage": ["Eukaryota", "Metazoa"]},
        "sequence": {"value": "ACDEF"},
    }


class Service:
    """Pages of entries; `pages` holds lists of entry numbers, an empty list is an empty page."""

    def __init__(self, server, pages: list[list[int]]) -> None:
        self.pages, self.release, self.fail_at = pages, "2025_01", None
        self.url = server.serve_by(PATH, self.answer).removesuffix(PATH)
        self.asked: list[int] = []

    def answer(self, asked) -> Answer:
        assert asked.query["size"] == ["500"]
        number = int(asked.query.get("cursor", ["0"])[0])
        self.asked.append(number)
        if number == self.fail_at:
            return Answer(status=404)
        total = sum(map(len, self.pages))
        headers = {"X-Total-Results": str(total), "X-UniProt-Release": self.release}
        if number + 1 < len(self.pages):
            address = f"{self.url}{PATH}?query=x&size=500&cursor={number + 1}"
            headers["Link"] = f'<{address}>; rel="next"'
        body = json.dumps({"results": [_entry(n) for n in self.pages[number]]})
        return Answer(body.encode(), headers=headers)

    def remote(self) -> RemoteFile:
        return RemoteFile("m.jsonl", fallbacks=(UniProtSearch("xref:pfam-PF1", True, self.url),))


def _read(found) -> list[dict]:
    with gzip.open(found.path, "rt") as stream:
        return [json.loads(line) for line in stream]


@pytest.mark.parametrize("pages", [[[1, 2], [3, 4], [5]], [[1, 2], [], [3]], [[1], []]])
def test_all_pages_arrive_even_behind_an_empty_one(server, fetcher, pages):
    service = Service(server, pages)
    entries = _read(fetcher.fetch(service.remote()))
    assert [int(entry["accession"][1:]) for entry in entries] == [*chain(*pages)]
    assert entries[0] == {
        "accession": "A00001",
        "name": "A00001_HUMAN",
        "taxon": 9606,
        "lineage": ["Eukaryota", "Metazoa"],
        "sequence": "ACDEF",
    }
    assert list(fetcher.downloads.glob(".m.jsonl.parts")) == []


def test_a_later_run_asks_only_for_missing_pages(server, fetcher):
    service = Service(server, [[1, 2], [3], [4]])
    service.fail_at = 2
    with pytest.raises(FetchError, match="status 404"):
        fetcher.fetch(service.remote())
    service.fail_at, service.asked = None, []
    assert len(_read(fetcher.fetch(service.remote()))) == 4
    assert service.asked == [2]


def test_pages_of_two_releases_are_not_mixed(server, fetcher):
    service = Service(server, [[1, 2], [3]])
    service.fail_at = 1
    with pytest.raises(FetchError):
        fetcher.fetch(service.remote())
    service.fail_at, service.asked, service.release = None, [], "2025_02"
    service.pages = [[7], [8], [9]]
    assert len(_read(fetcher.fetch(service.remote()))) == 3
    assert service.asked == [1, 0, 1, 2]


def test_missing_entries_are_noticed(server, fetcher):
    service = Service(server, [[1, 2], [3]])
    whole = service.answer

    def without_one(asked):
        answer = whole(asked)
        return Answer(answer.body, headers={**answer.headers, "X-Total-Results": "4"})

    server.serve_by(PATH, without_one)
    with pytest.raises(FetchError, match="3 of 4 entries"):
        fetcher.fetch(service.remote())


def test_nothing_found(server, fetcher):
    with pytest.raises(FetchError, match="no entry matches"):
        fetcher.fetch(Service(server, [[]]).remote())


def test_pages_in_a_circle_end(server, fetcher):
    url = server.url + PATH + "?cursor=0"
    headers = {"Link": f'<{url}>; rel="next"'}
    server.serve(PATH, Answer(b'{"results": []}', headers=headers))
    remote = RemoteFile("m.jsonl", fallbacks=(UniProtSearch("x", service=server.url),))
    with pytest.raises(FetchError, match="circle"):
        fetcher.fetch(remote)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": [{"no": 1}]}', b"{"])
def test_an_answer_of_another_form(server, fetcher, body):
    server.serve(PATH, body)
    remote = RemoteFile("m.jsonl", fallbacks=(UniProtSearch("x", service=server.url),))
    with pytest.raises(FetchError, match="not what UniProt sends"):
        fetcher.fetch(remote)
