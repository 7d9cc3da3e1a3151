"""What a source wants, and what it got."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

DEFAULT_LIMIT = 4 << 30  # bytes


class Origin(Protocol):
    """A place from which a file can be had, or the means to assemble it.

    Attributes
    ----------
    address : str
        What messages and the provenance record call it.
    """

    address: str

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Write the complete file to `part`, or raise `Failure` with the reason."""


@dataclass(frozen=True)
class RemoteFile:
    """A file that a dataset needs.

    Attributes
    ----------
    name : str
        File name; the mirror is searched for it, and downloads are stored under it. In the mirror
        it may be with or without ``.gz``, because every reader tells gzip by the first bytes.
    urls : tuple of str
        Addresses, tried in order.
    path : Path, optional
        Where the file lies on this machine.
    sha256 : str, optional
        Checksum of the file or of its unzipped content; None: unpinned.
    size_limit : int
        Largest acceptable number of bytes, also after unpacking.
    starts : tuple of bytes
        Accepted first bytes of the unzipped content; empty: anything but a web page.
    member : str
        The file is this member of the archive that `name` and `urls` refer to; empty: no archive.
    folder : str
        Folder among the downloads, for files whose names are also those of other files.
    fallbacks : tuple of Origin
        Other ways to get the file, tried after `urls`.
    """

    name: str
    urls: tuple[str, ...] = ()
    path: Path | None = None
    sha256: str | None = None
    size_limit: int = DEFAULT_LIMIT
    starts: tuple[bytes, ...] = ()
    member: str = ""
    folder: str = ""
    fallbacks: tuple[Origin, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class FetchedFile:
    """Where a wanted file lies, and where it came from.

    Attributes
    ----------
    path : str
    sha256 : str
        Of the bytes of the file.
    bytes : int
    source : str
        ``mirror``, ``path``, ``downloads`` (put there by hand) or the address it came from.
    """

    path: str
    sha256: str
    bytes: int
    source: str

    def record(self) -> dict:
        """Return a JSON-serialisable dict."""
        return asdict(self)
