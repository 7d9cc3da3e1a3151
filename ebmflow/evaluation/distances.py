"""Distances between rows, in blocks and on several threads; no N x N matrix unless asked for.

Hamming distances are exact integers: codes are packed into 64-bit words once, and a pair costs one
exclusive-or, a few additions and a population count per word (timed by benchmarks/metrics.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BLOCK_ROWS = 256  # rows of a block: with 10^4 columns of 4 bytes it stays in the cache


def pack_bytes(codes: np.ndarray) -> np.ndarray:
    """Pack codes, uint8 (n, sites), into words of eight sites, uint64 (n, words)."""
    words = -(-codes.shape[1] // 8)
    padded = np.zeros((len(codes), words * 8), dtype=np.uint8)
    padded[:, : codes.shape[1]] = codes
    return padded.view(np.uint64)


def pack_bits(codes: np.ndarray) -> np.ndarray:
    """Pack codes 0 or 1, uint8 (n, sites), into words of 64 sites, uint64 (n, words)."""
    octets = np.packbits(codes, axis=1, bitorder="little")
    return pack_bytes(octets)


def differing_bytes(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Hamming distances, int32 (a, b), of rows packed by :func:`pack_bytes`."""
    from ebmflow.evaluation import kernels

    out = np.empty((len(left), len(right)), dtype=np.int32)
    kernels.count_differing_bytes(left, right, out)
    return out


def differing_bits(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Hamming distances, int32 (a, b), of rows packed by :func:`pack_bits`."""
    from ebmflow.evaluation import kernels

    out = np.empty((len(left), len(right)), dtype=np.int32)
    kernels.count_differing_bits(left, right, out)
    return out


def squared_euclidean(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, float64 (a, b), of rows of numbers.

    Differences, not an expanded square: a copy has distance exactly 0 and d(x, y) = d(y, x).
    """
    from ebmflow.evaluation import kernels

    out = np.empty((len(left), len(right)), dtype=np.float64)
    kernels.square_differences(left, right, out)
    return out


def map_blocks(
    work: Callable[[slice], object], rows: int, threads: int, block: int = BLOCK_ROWS
) -> Iterator[object]:
    """Apply `work` to consecutive slices of 0..rows, results in order.

    The kernels release the interpreter lock, so threads are enough.
    """
    slices = [slice(start, min(start + block, rows)) for start in range(0, rows, block)]
    if threads <= 1 or len(slices) <= 1:
        yield from map(work, slices)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, slices)
