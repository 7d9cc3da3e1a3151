"""Named, independent random streams derived from one run seed.

A stream is identified by the seed and a path of names, so adding a stream never shifts another one.
Nothing here, and nothing that uses it, touches the global state of torch, NumPy or Python.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def stream_seed(seed: int, *names: object) -> int:
    """Hash a run seed and a path of names to a 63-bit integer."""
    path = "\x1f".join([str(int(seed)), *(str(name) for name in names)])
    digest = hashlib.sha256(path.encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def random_stream(seed: int, *names: object, device: torch.device | str = "cpu") -> torch.Generator:
    """Return the torch generator of a named stream, on `device`."""
    import torch  # here: importing it costs a second, which NumPy-only jobs need not pay

    generator = torch.Generator(device=device)
    generator.manual_seed(stream_seed(seed, *names))
    return generator


def numpy_stream(seed: int, *names: object) -> np.random.Generator:
    """Return the NumPy generator of a named stream."""
    return np.random.default_rng(stream_seed(seed, *names))
