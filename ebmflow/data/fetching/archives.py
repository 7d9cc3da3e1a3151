"""Take single files out of zip and tar archives without trusting their names and sizes."""

from __future__ import annotations

import errno
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ebmflow.errors import FetchError
from ebmflow.io.atomic import atomic_path

_BLOCK = 1 << 20
# What the standard library raises for archives with wrong bytes in them, besides OSError.
DAMAGES = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def extract_member(archive: Path, member: str, folder: Path, limit: int) -> Path:
    """Write one member of a zip or tar archive below `folder` and return its path.

    Parameters
    ----------
    member : str
        Path inside the archive, with ``/`` between its parts.
    limit : int
        Largest acceptable number of unpacked bytes, counted while writing.

    Raises
    ------
    FetchError
        If the archive is damaged, has no such regular file, the member would land outside `folder`,
        or it unpacks to more than `limit` bytes. Nothing is left behind then.
    """
    target = _safe_target(archive, member, folder)
    try:
        with _open_member(archive, member) as stream, atomic_path(target) as temporary:
            _copy(stream, temporary, limit, f"{archive}, member {member}")
    except (*DAMAGES, OSError) as error:
        if isinstance(error, OSError) and not is_damage(error):
            raise
        raise FetchError(
            archive, f"damaged archive ({error})", "", "delete it and rerun"
        ) from error
    return target


def is_damage(error: OSError) -> bool:
    """Whether an error is about the content of an archive: a place in it that does not exist.

    Others are about the machine, such as a full disk.
    """
    return error.errno in (None, errno.EINVAL)


def _safe_target(archive: Path, member: str, folder: Path) -> Path:
    path = PurePosixPath(member)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\\" in member:
        raise FetchError(
            f"{archive}, member {member!r}", "the name leads outside the archive's folder"
        )
    target = folder.joinpath(*path.parts)
    if not target.resolve().is_relative_to(folder.resolve()):
        raise FetchError(f"{archive}, member {member!r}", f"a link leads outside {folder}")
    return target


@contextmanager
def _open_member(archive: Path, member: str) -> Iterator[BinaryIO]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as box:
            if member not in box.namelist():
                raise _missing(archive, member, box.namelist())
            with box.open(member) as stream:
                yield stream
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as box:
            found = next((info for info in box if info.name.removeprefix("./") == member), None)
            if found is None or not found.isreg():
                raise _missing(archive, member, (info.name for info in box if info.isreg()))
            yield box.extractfile(found)
    else:
        raise FetchError(archive, "is neither a zip nor a tar archive", "an archive")


def _missing(archive: Path, member: str, present) -> FetchError:
    some = ", ".join(list(present)[:10]) or "nothing"
    return FetchError(archive, f"has no file {member!r}", f"one of its members: {some}")


def _copy(stream: BinaryIO, target: Path, limit: int, where: str) -> None:
    written = 0
    with target.open("wb") as out:
        while block := stream.read(_BLOCK):
            written += len(block)
            if written > limit:
                raise FetchError(where, f"unpacks to more than {limit} bytes", "a smaller file")
            out.write(block)
