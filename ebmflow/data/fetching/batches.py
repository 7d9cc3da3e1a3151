"""Pieces of a file that is assembled from many answers, kept until the file is whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from ebmflow.io.atomic import write_text


class Pieces:
    """A folder of answers, each under the hash of its question.

    Parameters
    ----------
    part : Path
        The temporary file that is being assembled; the folder stands beside it.
    """

    def __init__(self, part: Path) -> None:
        self._folder = part.with_name(part.name + "s")

    def get(self, question: str) -> dict | None:
        """Return the kept answer to a question, or None."""
        try:
            return json.loads(self._path(question).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, question: str, answer: dict) -> None:
        """Keep an answer."""
        write_text(self._path(question), json.dumps(answer))

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, question: str) -> Path:
        return self._folder / f"{hashlib.sha256(question.encode()).hexdigest()[:24]}.json"
