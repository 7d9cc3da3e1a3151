"""IDX files, the format of MNIST: big-endian header, then unsigned bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ebmflow.data.readers.base import read_raw
from ebmflow.errors import DataError


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Return an array of unsigned bytes.

    Parameters
    ----------
    path : Path
        Plain or gzip.
    dimensions : int
        1 for labels, 3 for images.

    Returns
    -------
    ndarray of uint8, of `dimensions` dimensions
    """
    what = {1: "IDX labels", 3: "IDX images"}.get(dimensions, "an IDX file")
    data = read_raw(path, what)
    header = 4 + 4 * dimensions
    if len(data) < header or data[:4] != bytes((0, 0, 8, dimensions)):
        raise DataError(
            path, f"begins with bytes {data[:4].hex(' ') or '(none)'}",
            f"{what}: 00 00 08 {dimensions:02x}", "fetch it again, and check its name",
        )  # fmt: skip
    shape = tuple(np.frombuffer(data, ">u4", dimensions, 4).tolist())
    size = int(np.prod(shape, dtype=object))
    if len(data) - header != size:
        raise DataError(
            path, f"{len(data) - header} bytes of data", f"{size} for shape {shape}",
            "fetch it again: it is cut off or damaged",
        )  # fmt: skip
    if not size:
        raise DataError(path, "is empty", what)
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)
