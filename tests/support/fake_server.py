"""A web server on the loopback interface that behaves like the real ones, and misbehaves on order.

Routes map a path to a list of answers given one after another; the last one is repeated. Files are
served with ETag and ranges, as the real servers do. Everything asked is recorded.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STALL_LIMIT = 20.0  # seconds; a stalled answer ends after this even if nobody hangs up


@dataclass(frozen=True)
class Answer:
    """One answer and what is wrong with it.

    Attributes
    ----------
    cut : int, optional
        Close the connection after this many bytes of the body.
    declared : int, optional
        Content-Length, when it is not the true one; -1: none is sent.
    stall : int, optional
        Send nothing more after this many bytes, and keep the connection open.
    drip : float
        Seconds between single bytes.
    ranges : bool
        Whether validators are sent and ranges honoured.
    """

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut: int | None = None
    declared: int | None = None
    stall: int | None = None
    drip: float = 0.0
    ranges: bool = True


@dataclass(frozen=True)
class Asked:
    """A recorded request."""

    path: str
    query: dict
    headers: dict
    form: dict

    @property
    def first_byte(self) -> int:
        """First byte asked for; 0 for a whole file."""
        return int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])


Route = list[Answer] | Callable[[Asked], Answer]


class FakeServer:
    """A server with routes, used as a context manager."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """Address of the root, without a final slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, path: str, *answers: Answer | bytes) -> str:
        """Add a route and return its address."""
        self.routes[path] = [a if isinstance(a, Answer) else Answer(a) for a in answers]
        return self.url + path

    def serve_by(self, path: str, route: Callable[[Asked], Answer]) -> str:
        """Add a route whose answer depends on the request, and return its address."""
        self.routes[path] = route
        return self.url + path

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(asked.path == path for asked in self.asked)

    def answer(self, asked: Asked) -> Answer:
        """Return the next answer of a route; 404 for an unknown path."""
        route = self.routes.get(asked.path)
        if route is None:
            return Answer(b"<!DOCTYPE html><html>not found</html>", 404)
        if callable(route):
            return route(asked)
        return route.pop(0) if len(route) > 1 else route[0]

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._reply(parse_qs(self.rfile.read(length).decode()))

        def _reply(self, form: dict) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(parts.path, query, dict(self.headers), form)
            server.asked.append(asked)
            try:
                self._send(server.answer(asked), asked)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client hung up, as it should after a time-out

        def _send(self, answer: Answer, asked: Asked) -> None:
            start, status = self._range(answer, asked)
            body = answer.body[start:]
            self.send_response(status)
            if answer.ranges and status in (200, 206):
                self.send_header("ETag", _tag(answer.body))
            if status == 206 and "Content-Range" not in answer.headers:
                last = len(answer.body) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(answer.body)}")
            if status == 416:
                self.send_header("Content-Range", f"bytes */{len(answer.body)}")
                body = b""
            for name, value in answer.headers.items():
                self.send_header(name, value)
            declared = len(body) if answer.declared is None else answer.declared
            if declared >= 0:
                self.send_header("Content-Length", str(declared))
            self.end_headers()
            self._body(body, answer)

        def _range(self, answer: Answer, asked: Asked) -> tuple[int, int]:
            asked_for = asked.headers.get("Range")
            same = asked.headers.get("If-Range") == _tag(answer.body)
            if not (answer.ranges and asked_for and same and answer.status == 200):
                return 0, answer.status
            start = asked.first_byte
            return (start, 206) if start < len(answer.body) else (0, 416)

        def _body(self, body: bytes, answer: Answer) -> None:
            if answer.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(answer.drip)
                return
            end = min(n for n in (answer.cut, answer.stall, len(body)) if n is not None)
            self.wfile.write(body[:end])
            self.wfile.flush()
            if answer.stall is not None:
                server.released.wait(STALL_LIMIT)

        def log_message(self, *_) -> None:
            pass

    return Handler


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


WEB_PAGE = b"<!DOCTYPE html>\n<html><head><title>Moved</title></head><body>gone</body></html>"
