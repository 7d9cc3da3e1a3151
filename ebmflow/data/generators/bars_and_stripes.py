"""Bars, and Bars-and-Stripes: binary pictures whose columns (or rows) are of one colour each.

Source: MacKay, Information Theory, Inference, and Learning Algorithms, ch. 43; used by
Pozas-Kerstjens et al. 2021 (RAPID). The two pictures of a single colour are left out.
"""

from __future__ import annotations

import numpy as np


def bar_patterns(side: int) -> np.ndarray:
    """Return the 2^n - 2 colourings of n lines that use both colours, uint8, shape (2^n - 2, n).

    They come in ascending order as binary numbers, first line first.
    """
    numbers = np.arange(1, 2**side - 1)
    return (numbers[:, None] >> np.arange(side - 1, -1, -1) & 1).astype(np.uint8)


def bars(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of bars and their patterns.

    Returns
    -------
    pictures : ndarray of uint8, shape (2^n - 2, n^2)
        Row after row; all rows are equal, so columns are of one colour.
    patterns : ndarray of uint8, shape (2^n - 2, n)
    """
    patterns = bar_patterns(side)
    return np.tile(patterns, side), patterns


def stripes(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of stripes (rows of one colour) and their patterns; shapes as for bars."""
    patterns = bar_patterns(side)
    return np.repeat(patterns, side, axis=1), patterns
