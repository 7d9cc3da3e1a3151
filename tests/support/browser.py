"""A real browser for tests: headless Chromium, driven through a pipe by its DevTools protocol.

Needs nothing but the program itself. Source: https://chromedevtools.github.io/devtools-protocol,
`--remote-debugging-pipe`: JSON messages that end with a zero byte.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-background-networking", "--mute-audio",
    "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 60  # seconds; a loaded machine takes some to start it


def browser_program() -> str | None:
    """Path of a Chromium, if there is one."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Browser:
    """A browser with one page; use it in a `with` block.

    Attributes
    ----------
    errors : list of str
        Exceptions, and errors on the console.
    requests : list of str
        Addresses that the page asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0
        self._pending = b""
        reads, self._write = _pipe()
        self._read, writes = _pipe()
        command = [browser_program(), *FLAGS, f"--user-data-dir={folder}", "about:blank"]

        def connect() -> None:  # the browser reads from descriptor 3 and writes to descriptor 4
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, close_fds=False, preexec_fn=connect, stdin=quiet, stdout=quiet, stderr=quiet
        )
        os.close(reads)
        os.close(writes)
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while self._number not in self._answers:
            self._receive(end)
        answer = self._answers.pop(self._number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, page: Path, width: int, height: int = 900, scheme: str = "light") -> None:
        """Show a page at a width in CSS pixels and wait until it is there."""
        self.errors.clear()
        self.requests.clear()
        self._loaded = False
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=page.resolve().as_uri())
        end = time.monotonic() + PATIENCE
        while not self._loaded:
            self._receive(end)

    def run(self, script: str) -> Any:
        """Value of a JavaScript expression in the page; promises are awaited."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(json.dumps(found["exceptionDetails"])[:2000])
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def picture(self, file: Path, whole: bool = True) -> None:
        """Write a PNG of the page."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        file.write_bytes(base64.b64decode(data))

    def _receive(self, end: float) -> None:
        """Read until one message is there, and note what it says."""
        while b"\0" not in self._pending:
            if not select.select([self._read], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise RuntimeError("the browser ended")
            self._pending += piece
        text, _, self._pending = self._pending.partition(b"\0")
        message = json.loads(text)
        if "id" in message:
            self._answers[message["id"]] = message
        else:
            self._note(message["method"], message["params"])

    def _note(self, event: str, facts: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(facts["exceptionDetails"])[:500])
        elif event == "Runtime.consoleAPICalled" and facts["type"] in ("error", "warning"):
            self.errors.append(json.dumps(facts["args"])[:500])
        elif event == "Log.entryAdded" and facts["entry"]["level"] in ("error", "warning"):
            self.errors.append(facts["entry"]["text"])


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers above those the browser uses."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved
