"""One HTTP exchange: open an address, follow redirects, sort failures into passing and final ones.

Nothing here waits or repeats; :mod:`ebmflow.data.fetching.http` does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
import urllib3

from ebmflow import __version__

log = logging.getLogger(__name__)

CHUNK = 1 << 18
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# 408: InterPro while it computes a big query; the others: overload.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Failure(Exception):
    """A download failed for a reason that repeating will not cure."""


class PassingFailure(Failure):
    """A download failed for a reason that may pass.

    Attributes
    ----------
    wait : float or None
        Seconds the server asked us to wait.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Unreachable(PassingFailure):
    """There was no connection; on a machine without network there never will be."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for what; seconds.

    Attributes
    ----------
    connect, stall : float
        Longest time to a connection, and without a single new byte.
    slowest : float
        Bytes per second below which, over `stall` seconds, a transfer counts as stalled.
    tries : int
        Attempts per address that bring nothing new.
    connect_tries : int
        Attempts that do not even get a connection.
    first_wait, longest_wait : float
        Back-off doubles from the first to the longest.
    longest_asked_wait : float
        A ``Retry-After`` beyond this counts as a refusal.
    redirects : int
        Longest chain of redirects.
    lock : float
        Longest time to wait for another job that downloads the same file.
    """

    connect: float = 20.0
    stall: float = 90.0
    slowest: float = 16.0
    # 2 + 4 + ... + 120 s: InterPro may need minutes for a big alignment
    tries: int = 8
    connect_tries: int = 3
    first_wait: float = 2.0
    longest_wait: float = 120.0
    longest_asked_wait: float = 900.0
    redirects: int = 10
    lock: float = 7200.0


@dataclass
class Reply:
    """An open response: its status, headers (case-insensitive) and unread body."""

    url: str
    status: int
    headers: Mapping[str, str]
    links: dict
    _response: requests.Response
    _patience: Patience
    _clock: object = field(default=time.monotonic)

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the body as it arrives.

        A stall, a lost connection or a body shorter than declared raises `PassingFailure`.
        """
        started, received = self._clock(), 0
        try:
            while block := self._response.raw.read1(size):
                received += len(block)
                yield block
                elapsed = self._clock() - started
                if elapsed > self._patience.stall:
                    if received < elapsed * self._patience.slowest:
                        raise PassingFailure(f"only {received} bytes in {elapsed:.0f} s")
                    started, received = self._clock(), 0
        except urllib3.exceptions.ReadTimeoutError as error:
            raise PassingFailure(f"nothing arrived for {self._patience.stall:g} s") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise PassingFailure(f"connection lost ({_cause(error)})") from error


def shown(url: str) -> str:
    """Return an address without user name and password, for messages and records."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


class Transport:
    """Open addresses with one `requests` session.

    Redirects are followed here rather than by the library, because a redirect from https to http
    has to be refused, and loops have to be named.
    """

    def __init__(self, patience: Patience, contact: str = "") -> None:
        self.patience = patience
        self._session = requests.Session()
        agent = f"ebmflow/{__version__}" + (f" ({contact})" if contact else "")
        # identity: a transparently compressed body would break ranges and lengths
        self._session.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})

    @contextmanager
    def open(
        self, url: str, *, headers: Mapping[str, str] | None = None, form: Mapping | None = None
    ) -> Iterator[Reply]:
        """Open an address (POST when there is a form) and yield the reply of its last redirect."""
        current, seen = url, {url}
        while True:
            response = self._send(current, headers, form)
            with response:
                if response.status_code not in REDIRECTS:
                    _raise_for_status(response)
                    yield Reply(
                        response.url, response.status_code, response.headers,
                        response.links, response, self.patience,
                    )  # fmt: skip
                    return
                current = _next_address(current, response.headers.get("Location"))
            if current in seen or len(seen) > self.patience.redirects:
                raise Failure(f"redirect loop at {shown(current)}")
            seen.add(current)

    def _send(self, url: str, headers: Mapping | None, form: Mapping | None) -> requests.Response:
        try:
            return self._session.request(
                "POST" if form else "GET",
                url,
                headers=headers,
                data=form,
                stream=True,
                allow_redirects=False,
                timeout=(self.patience.connect, self.patience.stall),
            )
        except requests.exceptions.SSLError as error:
            raise Failure(f"no trusted TLS connection ({_cause(error)})") from error
        except requests.exceptions.ConnectTimeout as error:
            raise Unreachable(f"no connection within {self.patience.connect:g} s") from error
        except requests.exceptions.ReadTimeout as error:
            raise PassingFailure(f"no answer within {self.patience.stall:g} s") from error
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ) as error:
            raise Failure("not an http or https address") from error
        except requests.exceptions.RequestException as error:
            raise Unreachable(f"no connection ({_cause(error)})") from error


def _cause(error: Exception) -> str:
    """Return the innermost reason of a nested library error, without addresses of objects."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _next_address(current: str, location: str | None) -> str:
    if not location:
        raise Failure("redirect without an address")
    following = urljoin(current, location)
    scheme = urlsplit(following).scheme
    if scheme not in ("http", "https"):
        raise Failure(f"redirect to a {scheme} address")
    if urlsplit(current).scheme == "https" and scheme == "http":
        raise Failure(f"redirect from https to unprotected {shown(following)}")
    return following


def _raise_for_status(response: requests.Response) -> None:
    status = response.status_code
    if status in (200, 206, 416):
        return
    if status == 204:
        raise Failure("the server has no content for this request (status 204)")
    reason = f"status {status} {response.reason or ''}".strip()
    if status in PASSING:
        raise PassingFailure(reason, _asked_wait(response.headers))
    raise Failure(reason)
