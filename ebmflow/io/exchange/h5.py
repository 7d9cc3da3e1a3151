"""What the HDF5 files of rbms and annaDCA have in common: one group ``update_<n>`` an age."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from ebmflow.errors import DataError

PREFIX = "update_"


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file, for reading; DataError if it is none, or lacks a part that is asked for."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        raise DataError(path, f"cannot be read ({error})", "a model file of HDF5") from error


def chosen_update(file: h5py.File, update: int | None, path: Path) -> int:
    """Number of an age in the file: the given one, or the last."""
    known = sorted(int(name[len(PREFIX) :]) for name in file if name.startswith(PREFIX))
    if not known or (update is not None and update not in known):
        raise DataError(path, f"no update {update or ''} among {known}", "a group update_<n>")
    return known[-1] if update is None else update
