"""Places that take no files: a full disk, a read-only file system. Mounting them takes root."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system of its own can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mount an empty disk of a number of KiB."""
    mounted = []

    def new(kib: int) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder))
        mounted.append(folder)
        return folder

    yield new
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def full_disk(disk) -> Path:
    """A disk without a byte left, but for what is in `kept.txt`."""
    folder = disk(64)
    (folder / "kept.txt").write_text("kept")
    fill(folder)
    return folder


@pytest.fixture
def read_only_disk(disk) -> Path:
    """A disk that can only be read."""
    folder = disk(64)
    (folder / "kept.txt").write_text("kept")
    mount("-o", "remount,ro", str(folder))
    return folder


def fill(folder: Path) -> None:
    """Use up the space of a disk."""
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(1024)):
                pass
        except OSError:
            return
