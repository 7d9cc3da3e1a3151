"""Patient HTTP: repeat with back-off, resume by range, stop at limits.

A partial file and the facts needed to continue it stay on disk between runs, so an interrupted
download of gigabytes costs only what is missing.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from ebmflow.data.fetching.transport import (
    Failure,
    PassingFailure,
    Patience,
    Reply,
    Transport,
    Unreachable,
    shown,
)
from ebmflow.io.atomic import write_text

log = logging.getLogger(__name__)
T = TypeVar("T")

PAGE_LIMIT = 1 << 28  # bytes of an answer that is held in memory
SECONDS_BETWEEN_LINES = 10
GOOD_PROGRESS = 1 << 20  # bytes that make a failed attempt not count


@dataclass(frozen=True)
class Page:
    """A whole answer: body, headers and the addresses of its ``Link`` header by relation."""

    body: bytes
    headers: Mapping[str, str]
    links: Mapping[str, str]


class HttpClient:
    """Fetch pages and files with time-outs, back-off and jitter.

    Parameters
    ----------
    patience : Patience
    contact : str
        E-mail address for the ``User-Agent`` header, as public services ask for.
    sleep : callable
        Waits a number of seconds; replaced in tests.
    jitter : callable
        Returns a number in [0, 1). Every process needs its own, else jobs started together repeat
        together; so it is not derived from the run seed, and no result depends on it.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        contact: str = "",
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self.sleep = sleep
        self._jitter = jitter or random.Random().random
        self._unreachable: set[str] = set()
        self._transport = Transport(self.patience, contact)

    def read(self, url: str, *, form: Mapping[str, str] | None = None) -> Page:
        """Return a whole answer (POST when there is a form).

        Raises
        ------
        Failure
            With the reason of the last attempt.
        """
        return self.persist(url, lambda: self._read_once(url, form))

    def _read_once(self, url: str, form: Mapping[str, str] | None) -> Page:
        with self._transport.open(url, form=form) as reply:
            body = bytearray()
            for block in reply.chunks():
                body += block
                if len(body) > PAGE_LIMIT:
                    raise Failure(f"the answer is longer than {PAGE_LIMIT} bytes")
            links = {name: link["url"] for name, link in reply.links.items()}
            return Page(bytes(body), reply.headers, links)

    def stream(self, url: str, consume: Callable[[Reply], T]) -> T:
        """Let `consume` read an answer as it arrives; the whole is repeated after a failure."""

        def attempt() -> T:
            with self._transport.open(url) as reply:
                return consume(reply)

        return self.persist(url, attempt)

    def download(self, url: str, part: Path, limit: int) -> None:
        """Download an address to the file `part`, continuing what an earlier run left there.

        Parameters
        ----------
        part : Path
            Grows as bytes arrive; complete when this returns. ``<part>.json`` keeps the validators.
        limit : int
            Largest acceptable number of bytes.
        """
        self.persist(url, lambda: self._continue(url, part, limit), progress=lambda: _size(part))
        _notes(part).unlink(missing_ok=True)

    def _continue(self, url: str, part: Path, limit: int) -> None:
        headers = _range_headers(url, part)
        with self._transport.open(url, headers=headers) as reply:
            offset, total = _position(reply, part)
            if total and offset == total:
                return  # the last run had everything and died before it could say so
            if total is not None and total > limit:
                raise Failure(f"is {total} bytes, more than the limit of {limit}")
            _remember(url, part, reply)
            _append(reply, part, offset, limit, _Progress(url, total))
        if total is not None and _size(part) != total:  # a server may send shorter ranges
            raise PassingFailure(f"{_size(part)} of {total} bytes arrived")

    def persist(
        self, url: str, action: Callable[[], T], *, progress: Callable[[], int] = lambda: 0
    ) -> T:
        """Run an action until it succeeds, fails for good, or has failed too often."""
        host = urlsplit(url).netloc
        if host in self._unreachable:
            raise Failure("no connection to this host, as before")
        failures, reached = 0, progress()
        while True:
            try:
                return action()
            except PassingFailure as failure:
                now = progress()
                failures = 1 if now - reached >= GOOD_PROGRESS else failures + 1
                reached = now
                if self._is_enough(failures, failure, host):
                    raise Failure(f"{failure} ({failures} tries)") from failure
                self._wait(url, failures, failure)

    def _is_enough(self, failures: int, failure: PassingFailure, host: str) -> bool:
        if not isinstance(failure, Unreachable):
            return failures >= self.patience.tries
        if failures >= self.patience.connect_tries:
            # Without this, a machine without network would try every address of a host in turn.
            self._unreachable.add(host)
        return failures >= self.patience.connect_tries

    def _wait(self, url: str, failures: int, failure: PassingFailure) -> None:
        asked = failure.wait
        if asked is not None and asked > self.patience.longest_asked_wait:
            raise Failure(f"{failure}; the server asks to wait {asked:.0f} s") from failure
        doubled = self.patience.first_wait * 2 ** (failures - 1)
        seconds = min(doubled, self.patience.longest_wait) * (0.5 + self._jitter())
        seconds = max(seconds, asked or 0.0)
        log.info("%s: %s; next try in %.1f s", shown(url), failure, seconds)
        self.sleep(seconds)


def _declared_length(reply: Reply) -> int | None:
    value = reply.headers.get("Content-Length", "")
    return int(value) if value.isdigit() else None


def _position(reply: Reply, part: Path) -> tuple[int, int | None]:
    """Return the offset of the first byte that follows, and the total length if declared."""
    if reply.status == 200:
        return 0, _declared_length(reply)
    span, _, total = reply.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    first, held = span.partition("-")[0], _size(part)
    if reply.status == 416 and total == str(held):
        return held, held
    if not first.isdigit() or int(first) != held:
        _discard(part)
        raise PassingFailure("the server cannot continue the partial file; starting again")
    return held, int(total) if total.isdigit() else None


class _Progress:
    """Log how far a download is, not more often than every ten seconds."""

    def __init__(self, url: str, total: int | None) -> None:
        self._what = shown(url)
        self._total = f" of {total / 1e6:.1f}" if total else ""
        self._last = time.monotonic()

    def __call__(self, size: int) -> None:
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            log.info("%s: %.1f%s MB", self._what, size / 1e6, self._total)


def _append(reply: Reply, part: Path, offset: int, limit: int, progress: _Progress) -> None:
    with part.open("r+b" if offset else "wb") as stream:
        stream.seek(offset)
        for block in reply.chunks():
            offset += len(block)
            if offset > limit:
                _discard(part)
                raise Failure(f"is longer than the limit of {limit} bytes")
            stream.write(block)
            progress(offset)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _notes(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)


def _remember(url: str, part: Path, reply: Reply) -> None:
    tag = reply.headers.get("ETag", "")
    # A weak tag promises equal meaning, not equal bytes, and may not be used for ranges.
    validator = reply.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag
    write_text(_notes(part), json.dumps({"url": shown(url), "validator": validator}))


def _range_headers(url: str, part: Path) -> dict[str, str]:
    """Return headers that ask for the rest; drop a partial file that cannot be continued."""
    try:
        notes = json.loads(_notes(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        notes = {}
    held = _size(part)
    if not held or notes.get("url") != shown(url) or not notes.get("validator"):
        _discard(part)
        return {}
    return {"Range": f"bytes={held}-", "If-Range": notes["validator"]}
