"""Where a file comes from: mirror, path, hand, internet; one writer; archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import multiprocessing
import tarfile
import zipfile

import pytest

from ebmflow.data.fetching.archives import extract_member
from ebmflow.data.fetching.fetcher import Fetcher
from ebmflow.data.fetching.http import HttpClient
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.transport import Patience
from ebmflow.errors import FetchError
from tests.support.fake_server import Answer

BODY = b">a\nACDEF\n"
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    (folder / "deep" / "er").mkdir(parents=True)
    return folder


@pytest.fixture
def mirrored(tmp_path, client, mirror):
    return Fetcher(tmp_path / "downloads", mirror, client)


def test_the_mirror_comes_first_and_is_used_in_place(server, mirrored, mirror):
    (mirror / "deep" / "er" / "seqs.fasta").write_bytes(BODY)
    found = mirrored.fetch(RemoteFile("seqs.fasta", (server.serve("/seqs", b">b\nA\n"),)))
    assert found.record() == {
        "path": str(mirror / "deep" / "er" / "seqs.fasta"),
        "sha256": SHA,
        "bytes": len(BODY),
        "source": "mirror",
    }
    assert server.asked == []
    assert not mirrored.downloads.exists()


def test_the_mirror_can_come_from_the_environment(tmp_path, mirror, client, monkeypatch):
    (mirror / "seqs.fasta").write_bytes(BODY)
    monkeypatch.setenv("EBMFLOW_MIRROR", str(mirror))
    fetcher = Fetcher(tmp_path / "downloads", client=client)
    assert fetcher.fetch(RemoteFile("seqs.fasta")).source == "mirror"


def test_a_zipped_mirror_file_serves_a_plain_name(mirrored, mirror):
    (mirror / "seqs.fasta.gz").write_bytes(gzip.compress(BODY))
    found = mirrored.fetch(RemoteFile("seqs.fasta", sha256=SHA))
    assert found.path.endswith("seqs.fasta.gz")


def test_the_checksum_chooses_between_files_of_one_name(mirrored, mirror):
    (mirror / "deep" / "seqs.fasta").write_bytes(b">other\nA\n")
    (mirror / "deep" / "er" / "seqs.fasta").write_bytes(BODY)
    assert mirrored.fetch(RemoteFile("seqs.fasta", sha256=SHA)).sha256 == SHA
    with pytest.raises(FetchError, match="different files of this name") as error:
        mirrored.fetch(RemoteFile("seqs.fasta"))
    assert "declare the sha256" in str(error.value).lower()


def test_linked_folders_of_the_mirror_are_searched(tmp_path, mirrored, mirror):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "seqs.fasta").write_bytes(BODY)
    (mirror / "linked").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(mirror)
    found = mirrored.fetch(RemoteFile("seqs.fasta"))
    assert found.sha256 == SHA
    assert found.path == str(elsewhere / "seqs.fasta")


def test_copies_in_the_mirror_are_no_conflict(mirrored, mirror):
    (mirror / "deep" / "seqs.fasta").write_bytes(BODY)
    (mirror / "deep" / "er" / "seqs.fasta").write_bytes(BODY)
    assert mirrored.fetch(RemoteFile("seqs.fasta")).sha256 == SHA


def test_a_wrong_file_in_the_mirror_is_passed_over_and_named(server, mirrored, mirror):
    (mirror / "seqs.fasta").write_bytes(b">wrong\nA\n")
    url = server.serve("/seqs", BODY)
    assert mirrored.fetch(RemoteFile("seqs.fasta", (url,), sha256=SHA)).source == url
    with pytest.raises(FetchError, match=r"mirror/seqs\.fasta: has sha256"):
        mirrored.fetch(RemoteFile("seqs.fasta", sha256="0" * 64))


def test_a_mirror_that_is_no_folder(tmp_path, client):
    fetcher = Fetcher(tmp_path / "downloads", tmp_path / "absent", client)
    with pytest.raises(FetchError, match="mirror is no folder"):
        fetcher.fetch(RemoteFile("seqs.fasta"))


def test_a_local_path_comes_before_addresses(tmp_path, server, fetcher):
    path = tmp_path / "mine.fasta"
    path.write_bytes(BODY)
    found = fetcher.fetch(RemoteFile("seqs.fasta", (server.serve("/x", b">b\nA"),), path=path))
    assert (found.path, found.source) == (str(path), "path")
    assert server.asked == []


def test_a_missing_local_path_is_named(tmp_path, fetcher):
    wanted = RemoteFile("mine.fasta", path=tmp_path / "mine.fasta")
    with pytest.raises(FetchError, match=r"mine\.fasta: is absent; .* Correct the path"):
        fetcher.fetch(wanted)
    (tmp_path / "mine.fa").write_text("")
    with pytest.raises(FetchError, match=r"Did you mean 'mine\.fa'\?"):
        fetcher.fetch(wanted)
    gone = RemoteFile("x.fa", path=tmp_path / "data" / "x.fa")
    with pytest.raises(FetchError, match=r"There is no folder .*data: correct the path"):
        fetcher.fetch(gone)


def test_an_unusable_local_file_says_why(tmp_path, fetcher):
    path = tmp_path / "mine.fasta"
    path.write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(FetchError, match=r"mine\.fasta: damaged gzip file .*; expected a file"):
        fetcher.fetch(RemoteFile("mine.fasta", path=path))


def test_a_file_put_into_the_folder_by_hand_is_used(server, fetcher):
    fetcher.downloads.mkdir()
    (fetcher.downloads / "seqs.fasta").write_bytes(BODY)
    found = fetcher.fetch(RemoteFile("seqs.fasta", (server.url + "/absent",)))
    assert found.source == "downloads"


def test_a_download_that_was_damaged_later_is_fetched_again(server, fetcher):
    remote = RemoteFile("seqs.fasta", (server.serve("/seqs", BODY),))
    fetcher.fetch(remote)
    (fetcher.downloads / "seqs.fasta").write_bytes(b">a\nACD")
    assert fetcher.fetch(remote).sha256 == SHA
    assert server.count("/seqs") == 2


def test_one_name_for_two_addresses_is_an_error(server, fetcher):
    fetcher.fetch(RemoteFile("seqs.fasta", (server.serve("/one", BODY),)))
    with pytest.raises(FetchError, match="no address of this file"):
        fetcher.fetch(RemoteFile("seqs.fasta", (server.serve("/two", BODY),)))


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\\b"])
def test_names_with_folders_are_refused(fetcher, name):
    with pytest.raises(FetchError, match="plain name"):
        fetcher.fetch(RemoteFile(name))


def _fetch_in_another_process(url: str, downloads: str, barrier, results) -> None:
    fetcher = Fetcher(downloads, client=HttpClient(Patience(stall=5.0)))
    barrier.wait()
    results.put(fetcher.fetch(RemoteFile("seqs.fasta", (url,))).sha256)


def test_two_jobs_download_one_file_once(server, fetcher):
    url = server.serve("/seqs", Answer(BODY * 5, drip=0.01))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    jobs = [
        context.Process(
            target=_fetch_in_another_process, args=(url, str(fetcher.downloads), barrier, results)
        )
        for _ in range(2)
    ]
    for job in jobs:
        job.start()
    digests = {results.get(timeout=60) for _ in jobs}
    for job in jobs:
        job.join(timeout=60)
    assert digests == {hashlib.sha256(BODY * 5).hexdigest()}
    assert server.count("/seqs") == 1


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in members.items():
            box.writestr(name, content)
    return out.getvalue()


def _tar(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as box:
        for info, content in infos:
            info.size = len(content)
            box.addfile(info, io.BytesIO(content))
    return out.getvalue()


def test_a_member_of_a_zip_archive(server, fetcher):
    url = server.serve("/box.zip", _zip(**{"in/seqs.fasta": BODY, "other": b"x"}))
    found = fetcher.fetch(RemoteFile("box.zip", (url,), member="in/seqs.fasta"))
    assert (found.sha256, found.bytes) == (SHA, len(BODY))
    assert found.source == f"{url}, member in/seqs.fasta"


def test_a_member_of_a_tar_archive(server, fetcher):
    url = server.serve("/box.tgz", _tar((tarfile.TarInfo("./seqs.fasta"), BODY)))
    assert fetcher.fetch(RemoteFile("box.tgz", (url,), member="seqs.fasta")).sha256 == SHA


@pytest.mark.parametrize("member", ["../out", "/etc/out", "a/../../out", ""])
def test_members_cannot_leave_their_folder(tmp_path, member):
    archive = tmp_path / "box.zip"
    archive.write_bytes(_zip(**{member or "x": BODY}))
    with pytest.raises(FetchError, match="outside"):
        extract_member(archive, member, tmp_path / "folder", 1000)
    assert not (tmp_path / "out").exists()


def test_members_cannot_leave_through_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").symlink_to(tmp_path)
    archive = tmp_path / "box.zip"
    archive.write_bytes(_zip(**{"a/out": BODY}))
    with pytest.raises(FetchError, match="link leads outside"):
        extract_member(archive, "a/out", tmp_path / "folder", 1000)


def test_a_link_in_a_tar_archive_is_no_file(tmp_path):
    link = tarfile.TarInfo("seqs")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    (tmp_path / "box.tar").write_bytes(_tar((link, b"")))
    with pytest.raises(FetchError, match="has no file 'seqs'"):
        extract_member(tmp_path / "box.tar", "seqs", tmp_path / "folder", 1000)


def test_an_archive_cannot_expand_beyond_the_limit(tmp_path):
    (tmp_path / "box.zip").write_bytes(_zip(zeros=bytes(1 << 24)))
    with pytest.raises(FetchError, match="more than 1000000 bytes"):
        extract_member(tmp_path / "box.zip", "zeros", tmp_path / "folder", 1_000_000)
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_damaged_archive(tmp_path):
    whole = bytearray(_zip(seqs=BODY * 100))
    whole[40:60] = bytes(20)
    (tmp_path / "box.zip").write_bytes(whole)
    with pytest.raises(FetchError, match="damaged archive"):
        extract_member(tmp_path / "box.zip", "seqs", tmp_path / "folder", 10_000)
    assert list(tmp_path.glob("folder/*")) == []


def test_no_archive_at_all(tmp_path):
    (tmp_path / "box.zip").write_bytes(BODY)
    with pytest.raises(FetchError, match="neither a zip nor a tar"):
        extract_member(tmp_path / "box.zip", "seqs", tmp_path / "folder", 10_000)
