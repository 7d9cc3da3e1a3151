"""A program in another interpreter that answers requests, an object of JSON a line each way."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

LAST_SIGNS = 300  # of what a program wrote before it died
SECONDS_TO_END = 10


class ChildDiedError(Exception):
    """The program ended without an answer.

    Attributes
    ----------
    status : int
        Exit status; negative for a signal, as in `subprocess`.
    """

    def __init__(self, status: int, said: str) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        super().__init__(f"its process ended {how}" + (f" ({said})" if said else ""))
        self.status = status


class ChildProcess:
    """Starts a program when it is first asked something, and again after it died.

    Parameters
    ----------
    interpreter : str
        Python, by path or by a name on PATH.
    program : Path
        Reads requests from standard input until it ends, answers on standard output.
    """

    def __init__(self, interpreter: str, program: Path) -> None:
        self.command = [interpreter, str(program)]
        self._process: subprocess.Popen[str] | None = None
        self._errors: Any = None

    @property
    def running(self) -> bool:
        """Whether there is a process that has been asked something and has not died since."""
        return self._process is not None

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer, however long that takes.

        Raises
        ------
        OSError
            If there is no such interpreter, or it may not be run.
        ChildDiedError
            If it ends instead of answering.
        """
        process = self._started()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            return json.loads(line)
        except (OSError, ValueError):  # a closed pipe, an empty or broken line
            raise self._dead() from None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._errors = tempfile.TemporaryFile()
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
            )
        return self._process

    def _dead(self) -> ChildDiedError:
        status = self.close()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ChildDiedError(status, last[-LAST_SIGNS:])

    def close(self) -> int:
        """End the process, if there is one; return its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            process.communicate(timeout=SECONDS_TO_END)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            process.kill()
            process.wait()
        return process.returncode
