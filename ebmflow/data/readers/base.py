"""The interface of a reader, and the content of files that may be gzipped or damaged."""

from __future__ import annotations

import gzip
import zlib
from abc import ABC, abstractmethod
from pathlib import Path

from ebmflow.data.records import Records
from ebmflow.errors import DataError
from ebmflow.options import Options

_PAGE = (b"<!doctype html", b"<html", b"<head", b"<?xml")


class Reader(Options, ABC):
    """A file format. Options are the fields of the subclass."""

    @abstractmethod
    def read(self, path: Path) -> Records:
        """Return the records of one file, in the order of the file.

        Raises
        ------
        DataError
            If the file is not of this format, with the line or record concerned.
        """


def read_bytes(path: Path, what: str) -> bytes:
    """Return the content of a file, unzipped if it is gzip, with line ends as ``\\n``.

    Parameters
    ----------
    what : str
        What the file should be, for messages: ``a FASTA file``.

    Raises
    ------
    DataError
        If it cannot be read, is damaged, empty, or a web page.
    """
    data = read_raw(path, what)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data or data.isspace():
        raise DataError(path, "is empty", what, "fetch or make the file again")
    if data[:200].lstrip().lower().startswith(_PAGE):
        raise DataError(
            path, "is a web page", what, "open the address in a browser: the file may have moved"
        )
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def read_raw(path: Path, what: str) -> bytes:
    """Return the bytes of a file, unzipped if it is gzip."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror})", what) from error
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            path, f"is a damaged or truncated gzip file ({error})", what, "fetch it again"
        ) from error


def as_text(data: bytes) -> str:
    """Return text that is UTF-8, or Latin-1 if it is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def shown(data: bytes, length: int = 30) -> str:
    """Return the beginning of some bytes for a message."""
    text = as_text(data[:length])
    return repr(text) + ("..." if len(data) > length else "")
