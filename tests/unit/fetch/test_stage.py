"""The stage `fetch`: a record without times, nothing half-written, one owner per role."""

from __future__ import annotations

import hashlib
import json

import pytest

from ebmflow.data.labellers.taxonomy import Taxonomy
from ebmflow.data.roles import parts_by_role
from ebmflow.data.sources.cazy import Cazy
from ebmflow.data.sources.pfam import Pfam
from ebmflow.errors import ConfigError, DataError, FetchError
from ebmflow.stages.fetch import fetch, read_fetched

BODY = b">A|GH5_1\nACD\n"


@pytest.fixture
def run(tmp_path, client, monkeypatch):
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)

    def fetch_role(url: str | dict, role: str = "sequences"):
        fetched = tmp_path / "fetched" / f"{role}.json"
        source = {"kind": "cazy", "family": "GH5", "file": url}
        fetch(
            fetched=fetched, spec={"source": source}, role=role, client=client,
            downloads=tmp_path / "downloads",
        )  # fmt: skip
        return fetched

    return fetch_role


def test_the_record_is_the_same_every_time(server, run, tmp_path):
    url = server.serve("/my.faa", BODY)
    first = run(url).read_text()
    assert run(url).read_text() == first
    record = json.loads(first)
    assert record["role"] == "sequences"
    (file,) = record["files"]
    assert sorted(file) == ["bytes", "path", "pinned", "sha256", "source"]
    assert (file["path"], file["source"]) == (str(tmp_path / "downloads" / "my.faa"), url)


def test_a_failure_leaves_no_record(server, run, tmp_path):
    with pytest.raises(FetchError):
        run(server.url + "/absent")
    assert not (tmp_path / "fetched").exists()


def test_a_role_that_a_component_has_not(server, run):
    with pytest.raises(ConfigError, match=r"'sequence'.*Did you mean 'sequences'"):
        run(server.serve("/my.faa", BODY), role="sequence")


def test_reading_a_record_checks_that_files_are_still_there(server, run, tmp_path):
    fetched = run(server.serve("/my.faa", BODY))
    assert [path.read_bytes() for path in read_fetched(fetched)] == [BODY]
    (tmp_path / "downloads" / "my.faa").unlink()
    with pytest.raises(DataError, match=r"is gone.*Delete"):
        read_fetched(fetched)
    fetched.write_text("{}")
    with pytest.raises(DataError, match="no record of fetched files"):
        read_fetched(fetched)


def test_roles_belong_to_one_part():
    parts = {"source": Pfam(accession="PF00013"), "align": None, "labels": Taxonomy()}
    assert parts_by_role(parts) == {"alignment": "source", "species": "labels"}
    both = {"source": Cazy(family="GH5"), "labels": Cazy(family="GH5")}
    with pytest.raises(ConfigError, match="belongs to `source` already"):
        parts_by_role(both)


def test_the_record_says_whether_a_checksum_was_declared(run, tmp_path):
    path = tmp_path / "own.faa"
    path.write_bytes(BODY)
    sha256 = hashlib.sha256(BODY).hexdigest()
    for extra, pinned in (({}, False), ({"sha256": sha256}, True)):
        record = run({"path": str(path), **extra})
        assert json.loads(record.read_text())["files"][0]["pinned"] is pinned


def test_addresses_are_protected_or_pinned(root):
    """Without TLS anybody on the way may change a file: then only a checksum will do."""
    from ebmflow.config.definitions import Definitions
    from ebmflow.config.stage_settings import parts_with_files
    from ebmflow.data.roles import parts_by_role, remote_files

    open_addresses = set()
    for path in sorted((root / "config" / "datasets").glob("*.yaml")):
        config, _ = Definitions([]).dataset_file(path)
        parts = parts_with_files(config)
        for role, part in parts_by_role(parts).items():
            for remote in remote_files(parts[part], role):
                plain = [url for url in remote.urls if not url.startswith("https://")]
                assert not plain or remote.sha256, f"{path.name}: {plain[0]}"
                open_addresses |= set(plain)
    assert all(url.startswith("http://fashion-mnist.") for url in open_addresses)
