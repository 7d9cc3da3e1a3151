"""Write whole files or nothing: temporary name, fsync, rename."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ebmflow.errors import StorageError

# Only writing ends like this, whatever library does it and whatever file it names.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success it takes the target's name.

    If the block raises, or the process dies, `target` is what it was before.

    Raises
    ------
    StorageError
        If the place of `target` takes no file, or has no space for it.
    """
    target = Path(target)
    temporary = _new_file(target)
    try:
        yield temporary
        _sync(temporary)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files that only their owner can read
        os.replace(temporary, target)
        _sync(target.parent)
    except OSError as error:
        # An error about a file that the block reads keeps its own words.
        if error.errno in NO_ROOM:
            raise StorageError(target, os.strerror(error.errno)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _new_file(target: Path) -> Path:
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        start, end = f".{target.name}.", ".part"
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=start, suffix=end)
    except OSError as error:
        raise StorageError(target, error.strerror or str(error)) from error
    os.close(handle)
    return Path(name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(target: str | Path, text: str) -> None:
    """Write a text file atomically, UTF-8."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
