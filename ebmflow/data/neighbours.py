"""Rows within a Hamming distance of each other: counts, existence, connected groups.

A site of q states is spread over ceil(log2 q) bit planes of 64 sites to a word. Two rows differ at
the set bits of (plane 1 of a xor plane 1 of b) or (plane 2 ...) or ...; a population count sums
them. A row is compared with a run of rows at a time, which compilers turn into vector
instructions; a run is left after the first words if no row of it can be near any more. Everything
is in whole numbers, and no matrix of n x n is ever held. Measurements: docs/design_notes.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from ebmflow.errors import ShapeError

Progress = Callable[[float], None]

BLOCK = 2048  # rows of a job
RUN = 128  # rows compared at once: distances of a run stay in the first-level cache


def bit_planes(codes: np.ndarray) -> np.ndarray:
    """Return codes (n, L) as bit planes, uint64, shape (ceil(L / 64), planes, n)."""
    n, sites = codes.shape
    if codes.dtype != np.uint8:
        raise ShapeError("codes", f"dtype {codes.dtype}", "uint8: distances count unequal sites")
    words = -(-sites // 64)
    depth = max(1, int(codes.max(initial=0)).bit_length())
    planes = np.empty((words, depth, n), dtype=np.uint64)
    padded = np.zeros((n, words * 64), dtype=np.uint8)
    for plane in range(depth):
        padded[:, :sites] = (codes >> plane) & 1
        packed = np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
        planes[:, plane] = packed.T
    return planes


def count_neighbours(
    codes: np.ndarray, distance: int, *, threads: int = 1, progress: Progress | None = None
) -> np.ndarray:
    """Count for each row the rows at a Hamming distance of at most `distance`, itself included.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
    distance : int
        A negative distance has no neighbours but the row itself.
    threads : int
    progress : callable, optional
        Called with the finished fraction of all pairs.

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    n = len(codes)
    counts = np.ones(n, dtype=np.int32)
    if distance < 0 or n < 2:
        return counts
    planes = bit_planes(codes)

    def compare(job: tuple[slice, slice]) -> tuple[slice, np.ndarray, slice, np.ndarray]:
        a, b = job
        return a, *_count_pairs(planes, a.start, a.stop, b.start, b.stop, distance), b

    jobs = list(_upper_blocks(n))
    with ThreadPoolExecutor(threads) as pool:
        for done, (a, of_a, of_b, b) in enumerate(pool.map(compare, jobs), start=1):
            counts[a] += of_a
            counts[b] += of_b
            if progress:
                progress(done / len(jobs))
    return counts


def has_neighbour(
    codes: np.ndarray, others: np.ndarray, distance: int, *, threads: int = 1
) -> np.ndarray:
    """Return whether each row has a row of `others` within a Hamming distance.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, L)
    others : ndarray of uint8, shape (m, L)
    distance : int

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    if distance < 0 or not len(codes) or not len(others):
        return np.zeros(len(codes), dtype=bool)
    planes = bit_planes(np.concatenate((codes, others)))
    starts = range(0, len(codes), BLOCK // 8)
    stops = (min(start + BLOCK // 8, len(codes)) for start in starts)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda a, b: _any_near(planes, a, b, len(codes), distance), starts, stops)
        return np.concatenate(list(found))


def linked_groups(codes: np.ndarray, distance: int) -> np.ndarray:
    """Return a group number for each row such that rows within a distance are in one group.

    Groups are the connected components of the neighbour graph (single linkage), so rows of
    different groups are always farther apart than `distance`.

    Returns
    -------
    ndarray of int64, shape (n,)
        Groups are numbered by their first rows: 0, 1, ...
    """
    n = len(codes)
    roots = np.arange(n)
    if distance >= 0 and n:
        _link(bit_planes(codes), distance, roots)
    return np.unique(roots, return_inverse=True)[1]


def _upper_blocks(n: int) -> Iterator[tuple[slice, slice]]:
    blocks = [slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]
    for first, a in enumerate(blocks):
        for b in blocks[first:]:
            yield a, b


@intrinsic
def _set_bits(typing_context, word):
    """Population count of a word; the compiler has vector forms of it."""

    def emit(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), emit


_compiled = numba.njit(nogil=True, cache=True)


@_compiled
def _differ_first(mask, others, own):
    for j in range(len(mask)):
        mask[j] = others[j] ^ own


@_compiled
def _differ_also(mask, others, own):
    for j in range(len(mask)):
        mask[j] |= others[j] ^ own


@_compiled
def _add_bits(distances, mask):
    smallest = np.uint64(1 << 62)
    for j in range(len(mask)):
        total = distances[j] + _set_bits(mask[j])
        distances[j] = total
        smallest = min(smallest, total)
    return smallest


@_compiled
def _is_any_near(planes, row, start, limit, distances, mask):
    """Fill distances of a row to a run of rows, unless all are found to be too far; say which."""
    stop = start + len(mask)
    distances[:] = 0
    for word in range(planes.shape[0]):
        _differ_first(mask, planes[word, 0, start:stop], planes[word, 0, row])
        for plane in range(1, planes.shape[1]):
            _differ_also(mask, planes[word, plane, start:stop], planes[word, plane, row])
        if _add_bits(distances, mask) > limit:
            return False
    return True


@_compiled
def _count_pairs(planes, a_start, a_stop, b_start, b_stop, distance):
    """Neighbours of rows a among rows b, and of b among a; each pair of different rows once."""
    limit = np.uint64(distance)
    of_a = np.zeros(a_stop - a_start, np.int32)
    of_b = np.zeros(b_stop - b_start, np.int32)
    distances, mask = np.empty(RUN, np.uint64), np.empty(RUN, np.uint64)
    for row in range(a_start, a_stop):
        for start in range(max(b_start, row + 1), b_stop, RUN):
            size = min(RUN, b_stop - start)
            if _is_any_near(planes, row, start, limit, distances[:size], mask[:size]):
                for j in range(size):
                    near = distances[j] <= limit
                    of_a[row - a_start] += near
                    of_b[start + j - b_start] += near
    return of_a, of_b


@_compiled
def _any_near(planes, a_start, a_stop, b_start, distance):
    """Whether rows a have a neighbour among the rows from b_start on."""
    limit = np.uint64(distance)
    found = np.zeros(a_stop - a_start, np.bool_)
    distances, mask = np.empty(RUN, np.uint64), np.empty(RUN, np.uint64)
    for row in range(a_start, a_stop):
        for start in range(b_start, planes.shape[2], RUN):
            size = min(RUN, planes.shape[2] - start)
            if _is_any_near(planes, row, start, limit, distances[:size], mask[:size]):
                found[row - a_start] = True
                break
    return found


@_compiled
def _root(roots, row):
    while roots[row] != row:
        roots[row] = roots[roots[row]]
        row = roots[row]
    return row


@_compiled
def _link(planes, distance, roots):
    """Union-find over all near pairs; the root of a group is its first row."""
    limit = np.uint64(distance)
    n = planes.shape[2]
    distances, mask = np.empty(RUN, np.uint64), np.empty(RUN, np.uint64)
    for row in range(n):
        for start in range(row + 1, n, RUN):
            size = min(RUN, n - start)
            if _is_any_near(planes, row, start, limit, distances[:size], mask[:size]):
                for j in range(size):
                    if distances[j] <= limit:
                        a, b = _root(roots, row), _root(roots, start + j)
                        roots[max(a, b)] = min(a, b)
    for row in range(n):
        roots[row] = _root(roots, row)
