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
# First bytes of what is mistaken for text -> what it is, and what makes text of it.
_EXPORT = "open it in its program and save it as plain text"
_UNPACK = "unpack it, or pack it with gzip"
_CONVERT = "convert it to FASTA or Stockholm"
_OTHER_FORMATS = {
    b"PK\x03\x04": ("a zip archive, or a Word or Excel document", f"unpack it, or {_EXPORT}"),
    b"\xd0\xcf\x11\xe0": ("an old Word or Excel document", _EXPORT),
    b"%PDF": ("a PDF document", _EXPORT),
    b"{\\rtf": ("a document in rich text format", _EXPORT),
    b"\xfd7zXZ": ("packed with xz", _UNPACK),
    b"BZh": ("packed with bzip2", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", _UNPACK),
    b"7z\xbc\xaf": ("packed with 7-Zip", _UNPACK),
    b"CLUSTAL": ("an alignment in Clustal format", _CONVERT),
    b"#NEXUS": ("a NEXUS file", _CONVERT),
}
# What to do about a text of another format than the reader's.
OTHER_FORMAT = "set `reader:` to the format of the file (fasta, a2m, a3m, stockholm ...)"
# Byte order marks; UTF-32 first, because its mark begins like that of UTF-16.
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


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
    """Return the text of a file, unzipped if it is gzip, with line ends as ``\\n``.

    Text in UTF-16 or UTF-32, as some spreadsheets write it, is recoded by its byte order mark.

    Parameters
    ----------
    what : str
        What the file should be, for messages: ``a FASTA file``.

    Raises
    ------
    DataError
        If it cannot be read, is damaged, empty, a web page, or of a format that is no text.
    """
    data = _recoded(read_raw(path, what), path, what)
    if not data or data.isspace():
        raise DataError(path, "is empty", what, "fetch or make the file again")
    if data[:200].lstrip().lower().startswith(_PAGE):
        raise DataError(
            path, "is a web page", what, "open the address in a browser: the file may have moved"
        )
    for start, (found, action) in _OTHER_FORMATS.items():
        if data.startswith(start):
            raise DataError(path, f"is {found}", what, action)
    if b"\x00" in data[:200]:
        raise DataError(path, "is no text: it has zero bytes", what, "save it as UTF-8 text")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _recoded(data: bytes, path: Path, what: str) -> bytes:
    """Return text in UTF-8 without byte order mark."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode()
            except UnicodeDecodeError as error:
                raise DataError(
                    path, f"is damaged {encoding.upper()} text", what, "save it as UTF-8"
                ) from error
    return data.removeprefix(b"\xef\xbb\xbf")


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
