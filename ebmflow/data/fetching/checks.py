"""Look at what arrived: first bytes, compression, checksum."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable
from pathlib import Path

GZIP = b"\x1f\x8b"
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<?xml version")
_BLOCK = 1 << 20
_DAMAGES = (gzip.BadGzipFile, EOFError, zlib.error)


def is_gzip(path: Path) -> bool:
    """Tell by the first two bytes whether a file is gzip-compressed."""
    with path.open("rb") as stream:
        return stream.read(2) == GZIP


def open_bytes(path: Path):
    """Open a file for reading bytes, gzip-compressed or not, whatever its name says."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")


def digest(path: Path) -> str:
    """Return the sha256 of a file's bytes as lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_digest(path: Path) -> str:
    """Return the sha256 of a file's content after removing gzip compression."""
    total = hashlib.sha256()
    with open_bytes(path) as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def fault(
    path: Path, sha256: str | Iterable[str] | None, starts: Iterable[bytes] = ()
) -> str | None:
    """Return what is wrong with a downloaded or found file, or None.

    Parameters
    ----------
    sha256 : str or iterable of str, optional
        Accepted checksums, of the file or of its unzipped content: archives repack gzip files.
    starts : iterable of bytes
        Accepted first bytes of the unzipped content.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    try:
        with open_bytes(path) as stream:
            head = stream.read(512)
    except _DAMAGES as error:
        return f"damaged gzip file ({error})"
    if not head:
        return "the file is empty"
    return fault_of_start(head, tuple(starts)) or _fault_of_content(path, sha256)


def fault_of_start(head: bytes, starts: tuple[bytes, ...]) -> str | None:
    """Return what is wrong with the first bytes of a content, or None."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if starts and text.startswith(starts):
        return None
    if text.lower().startswith(_PAGE_STARTS):
        return "a web page instead of data"
    if starts:
        wanted = " or ".join(repr(start.decode("latin-1")) for start in starts)
        return f"begins with {head[:20].decode('latin-1')!r} instead of {wanted}"
    return None


def _fault_of_content(path: Path, sha256: str | Iterable[str] | None) -> str | None:
    accepted = (sha256,) if isinstance(sha256, str) else tuple(sha256 or ())
    accepted = tuple(value.lower() for value in accepted)
    found = digest(path)
    if accepted and found in accepted:
        return None
    if not accepted and not is_gzip(path):
        return None
    try:
        content = content_digest(path)  # for gzip this also verifies length and CRC
    except _DAMAGES as error:
        return f"damaged gzip file ({error})"
    if accepted and content not in accepted:
        return f"has sha256 {found}, expected {' or '.join(accepted)}"
    return None
