"""Every fault of a real server is survived, or ends in one readable line."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.transport import Failure, _next_address
from ebmflow.errors import FetchError
from tests.support.fake_server import WEB_PAGE, Answer

BODY = b">a\n" + bytes(range(65, 91)) * 400
SHA = hashlib.sha256(BODY).hexdigest()


def _get(fetcher, *urls, **options):
    return fetcher.fetch(RemoteFile("seqs.fasta", tuple(urls), **options))


def _left_over(fetcher) -> set[str]:
    return {path.name for path in fetcher.downloads.iterdir() if not path.name.endswith(".lock")}


def _assert_one_line(error: pytest.ExceptionInfo, *parts: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    for part in ("seqs.fasta", *parts):
        assert part in text


def test_a_good_file_is_kept_with_its_provenance(server, fetcher):
    url = server.serve("/seqs", BODY)
    found = _get(fetcher, url, sha256=SHA)
    assert found.source == url
    assert found.sha256 == SHA
    assert found.bytes == len(BODY)
    assert (fetcher.downloads / "seqs.fasta").read_bytes() == BODY
    assert _get(fetcher, url).source == url
    assert server.count("/seqs") == 1, "a file that is there is not asked for again"
    assert _left_over(fetcher) == {"seqs.fasta", ".seqs.fasta.json"}


def test_404_passes_on_to_the_next_address(server, fetcher, waits):
    url = server.serve("/good", BODY)
    assert _get(fetcher, server.url + "/absent", url).source == url
    assert waits == []


def test_all_addresses_and_reasons_are_named(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.url + "/one", server.serve("/two", WEB_PAGE))
    _assert_one_line(
        error, "/one: status 404", "/two: a web page", str(fetcher.downloads), "no mirror is set"
    )
    assert _left_over(fetcher) == set()


def test_408_is_repeated_after_growing_waits(server, fetcher, waits):
    url = server.serve("/slow", Answer(status=408), Answer(status=408), Answer(BODY))
    assert _get(fetcher, url).sha256 == SHA
    assert waits == [2.0, 4.0]


def test_the_wait_that_a_server_asks_for_is_kept(server, fetcher, waits):
    busy = Answer(status=429, headers={"Retry-After": "61"})
    assert _get(fetcher, server.serve("/busy", busy, Answer(BODY))).sha256 == SHA
    assert waits == [61.0]


def test_a_wait_of_hours_is_a_refusal(server, fetcher, waits):
    busy = Answer(status=503, headers={"Retry-After": "86400"})
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/busy", busy))
    _assert_one_line(error, "asks to wait 86400 s")
    assert waits == []


def test_500_for_ever_gives_up_after_the_stated_tries(server, fetcher, waits):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/broken", Answer(status=500)))
    _assert_one_line(error, "status 500", "(4 tries)")
    assert server.count("/broken") == 4
    assert len(waits) == 3


def test_204_is_no_file(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/none", Answer(status=204)))
    _assert_one_line(error, "status 204")


def test_an_empty_body_is_no_file(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/none", b""))
    _assert_one_line(error, "is empty")


# mtime: the bytes become the test's name, which every worker must collect alike.
@pytest.mark.parametrize(
    "page", [WEB_PAGE, b"\n  <HTML>x</HTML>", gzip.compress(WEB_PAGE, mtime=0)]
)
def test_a_web_page_is_no_file_even_zipped(server, fetcher, page):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/page", page))
    _assert_one_line(error, "a web page instead of data")


def test_first_bytes_are_checked(server, fetcher):
    url = server.serve("/seqs", b"accession,family\n")
    with pytest.raises(FetchError) as error:
        _get(fetcher, url, starts=(b">",))
    _assert_one_line(error, "begins with 'accession,family", "'>'")


def test_a_truncated_body_is_continued_where_it_broke(server, fetcher):
    url = server.serve("/cut", Answer(BODY, cut=3000), Answer(BODY))
    assert _get(fetcher, url).sha256 == SHA
    assert [asked.first_byte for asked in server.asked] == [0, 3000]


def test_a_truncated_body_without_validators_starts_again(server, fetcher):
    url = server.serve("/cut", Answer(BODY, cut=3000, ranges=False), Answer(BODY, ranges=False))
    assert _get(fetcher, url).sha256 == SHA
    assert [asked.first_byte for asked in server.asked] == [0, 0]


def test_a_later_run_continues_a_failed_one(server, fetcher):
    url = server.serve("/cut", Answer(BODY, cut=3000), Answer(status=404))
    with pytest.raises(FetchError):
        _get(fetcher, url)
    server.serve("/cut", BODY)
    assert _get(fetcher, url).sha256 == SHA
    assert server.asked[-1].first_byte == 3000


def test_a_file_that_changed_in_between_is_not_stitched(server, fetcher):
    url = server.serve("/cut", Answer(b">old" * 3000, cut=5000), Answer(BODY))
    assert _get(fetcher, url).sha256 == SHA


def test_a_server_that_sends_shorter_ranges_is_asked_again(server, fetcher):
    def short(asked) -> Answer:
        first = asked.first_byte
        if not first:
            return Answer(BODY, cut=3000)
        piece = BODY[first : first + 4000]
        span = f"bytes {first}-{first + len(piece) - 1}/{len(BODY)}"
        return Answer(piece, 206, {"Content-Range": span, "ETag": '"x"'}, ranges=False)

    server.serve_by("/short", short)
    assert _get(fetcher, server.url + "/short").sha256 == SHA
    assert [asked.first_byte for asked in server.asked] == [0, 3000, 7000]


def test_a_complete_partial_file_is_recognised(server, fetcher):
    url = server.serve("/cut", Answer(BODY, declared=len(BODY) + 1), Answer(BODY))
    assert _get(fetcher, url).sha256 == SHA
    assert [asked.first_byte for asked in server.asked] == [0, len(BODY)]


def test_a_length_that_never_comes_true_ends(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/long", Answer(BODY, declared=20_000, ranges=False)))
    _assert_one_line(error, "connection lost", f"{len(BODY)} bytes read")


def test_a_length_that_is_too_short_is_found_by_the_checksum(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/short", Answer(BODY, declared=100)), sha256=SHA)
    _assert_one_line(error, "sha256", SHA)


def test_a_cut_gzip_file_is_found_without_a_checksum(server, fetcher):
    body = gzip.compress(BODY)
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/short", Answer(body, declared=len(body) - 9)))
    _assert_one_line(error, "damaged gzip file")


def test_a_wrong_checksum_tries_the_next_address(server, fetcher):
    good = server.serve("/good", BODY)
    assert _get(fetcher, server.serve("/bad", b">other\nA"), good, sha256=SHA).source == good


def test_a_checksum_of_the_content_accepts_any_packing(server, fetcher):
    url = server.serve("/packed", gzip.compress(BODY, 1))
    assert _get(fetcher, url, sha256=SHA).bytes < len(BODY)


def test_a_stall_is_ended_and_continued(server, fetcher):
    url = server.serve("/stall", Answer(BODY, stall=4000), Answer(BODY))
    assert _get(fetcher, url).sha256 == SHA
    assert server.asked[-1].first_byte == 4000


def test_a_stall_for_ever_ends(server, fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/stall", Answer(BODY, stall=0)))
    _assert_one_line(error, "nothing arrived for 0.4 s", "(4 tries)")


def test_a_slow_drip_that_gets_there_is_waited_for(server, fetcher):
    assert _get(fetcher, server.serve("/drip", Answer(b">a\nACDEF\n" * 6, drip=0.01))).bytes == 54


def test_a_drip_slower_than_the_limit_ends(server, fetcher):
    url = server.serve("/drip", Answer(BODY, drip=0.1, ranges=False))
    with pytest.raises(FetchError) as error:
        _get(fetcher, url)
    _assert_one_line(error, "/drip: only ")
    assert re.search(r"only \d+ bytes in \d+ s", str(error.value))  # a busy machine takes longer


def test_a_redirect_is_followed(server, fetcher):
    server.serve("/new", BODY)
    url = server.serve("/old", Answer(status=302, headers={"Location": "/new"}))
    assert _get(fetcher, url).sha256 == SHA


def test_a_redirect_loop_ends(server, fetcher):
    server.serve("/a", Answer(status=302, headers={"Location": "/b"}))
    url = server.serve("/b", Answer(status=302, headers={"Location": "/a"}))
    with pytest.raises(FetchError) as error:
        _get(fetcher, url)
    _assert_one_line(error, "redirect loop")
    assert len(server.asked) == 2


def test_an_endless_chain_of_redirects_ends(server, fetcher):
    def further(asked):
        number = int(asked.query["n"][0]) + 1
        return Answer(status=302, headers={"Location": f"/chain?n={number}"})

    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve_by("/chain", further) + "?n=0")
    _assert_one_line(error, "redirect loop")
    assert len(server.asked) <= 11


def test_redirects_never_leave_tls():
    with pytest.raises(Failure, match="unprotected"):
        _next_address("https://a.example/x", "http://a.example/x")
    assert _next_address("http://a.example/x", "https://a.example/x") == "https://a.example/x"
    with pytest.raises(Failure, match="file address"):
        _next_address("http://a.example/x", "file:///etc/passwd")


@pytest.mark.parametrize("declared", [None, -1])
def test_a_file_above_the_limit_is_refused(server, fetcher, declared):
    with pytest.raises(FetchError) as error:
        _get(fetcher, server.serve("/big", Answer(BODY, declared=declared)), size_limit=5000)
    _assert_one_line(error, "limit of 5000")


def test_nobody_listening(fetcher, waits):
    with pytest.raises(FetchError) as error:
        _get(fetcher, "http://127.0.0.1:9/x", "http://127.0.0.1:9/y", "http://127.0.0.1:10/z")
    _assert_one_line(error, "/x: no connection", "(3 tries)", "/y: no connection to this host")
    assert waits == [2.0, 4.0] * 2, "an address of a host that cannot be reached is not tried"


def test_passwords_are_not_repeated(fetcher):
    with pytest.raises(FetchError) as error:
        _get(fetcher, "http://me:secret@127.0.0.1:9/x")
    assert "secret" not in str(error.value)
