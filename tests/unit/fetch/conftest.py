"""A fake server, and a fetcher that never really waits."""

from __future__ import annotations

import pytest

from ebmflow.data.fetching.fetcher import Fetcher
from ebmflow.data.fetching.http import HttpClient
from ebmflow.data.fetching.transport import Patience
from tests.support.fake_server import FakeServer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with FakeServer() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """Seconds that the client would have slept."""
    return []


@pytest.fixture
def client(waits) -> HttpClient:
    patience = Patience(connect=2.0, stall=0.4, tries=4, lock=5.0)
    return HttpClient(patience, sleep=waits.append, jitter=lambda: 0.5)


@pytest.fixture
def fetcher(tmp_path, client, monkeypatch) -> Fetcher:
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)
    return Fetcher(tmp_path / "downloads", client=client)
