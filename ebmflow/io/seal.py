"""What a file says of itself: its kind, and a checksum with zeros in the checksum's own place.

Formats have checksums of parts at most; with a seal, no changed bit of a file passes unseen.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ebmflow.errors import CheckpointError

_MARK, _DIGITS = "ebmflow-sha256:", 64
# To be written as metadata; `seal` then fills in the digits.
UNSEALED = _MARK + "0" * _DIGITS
# The file may be one that the user named by mistake, and is not ours to have deleted.
REMAKE = "name the right file or, if a job wrote this one, delete it and rerun"


def seal(path: Path) -> None:
    """Fill in the checksum of a file that holds :data:`UNSEALED`."""
    with open(path, "r+b") as stream, mmap.mmap(stream.fileno(), 0) as content:
        first = content.rfind(_MARK.encode()) + len(_MARK)
        content[first : first + _DIGITS] = _digest(content, first)


def check_seal(path: str | Path, kind: str) -> None:
    """Refuse a file that is absent or not as it was sealed; one without a seal is taken as it is.

    Raises
    ------
    CheckpointError
        Which says that a file of this kind was expected.
    """
    try:
        with open(path, "rb") as stream:
            intact = os.fstat(stream.fileno()).st_size == 0 or _is_intact(stream.fileno())
    except FileNotFoundError as error:
        raise CheckpointError(
            path, "is not there", f"a {kind} file", "correct the path, or make it"
        ) from error
    except OSError as error:
        raise CheckpointError(
            path, f"cannot be read ({error.strerror})", f"a {kind} file"
        ) from error
    if not intact:
        raise CheckpointError(
            path, "differs from its checksum", f"an undamaged {kind} file", REMAKE
        )


def check_kind(
    path: str | Path, facts: Mapping[str, Any], kind: str, version: int, action: str = REMAKE
) -> None:
    """Refuse a file whose metadata name another kind of content, or another format version."""
    found = facts.get("kind"), facts.get("format_version")
    if found != (kind, version):
        raise CheckpointError(
            path,
            f"holds kind {found[0]!r}, format version {found[1]!r}",
            f"kind {kind!r}, format version {version}",
            action,
        )


def _is_intact(descriptor: int) -> bool:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        found = content.rfind(_MARK.encode())
        first = found + len(_MARK)
        return found < 0 or content[first : first + _DIGITS] == _digest(content, first)


def _digest(content: mmap.mmap, first: int) -> bytes:
    with memoryview(content) as view:
        digest = hashlib.sha256(view[:first])
        digest.update(b"0" * _DIGITS)
        digest.update(view[first + _DIGITS :])
    return digest.hexdigest().encode()
