"""Time of neighbour counts: the compiled kernel, NumPy bit planes, and a compiled byte compare.

    python -m benchmarks.reweighting [--rows 20000] [--sites 62 82 430] [--threads 2]

All three give the same counts, which is checked. Rows are those of a synthetic family: most pairs
are far apart, some are near, as in an alignment.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from ebmflow.data.neighbours import bit_planes, count_neighbours
from ebmflow.data.thresholds import largest_distance

STRIP = 8192  # columns of a block of the NumPy form


def draw(rows: int, sites: int, states: int = 21, seed: int = 0) -> np.ndarray:
    """Rows around rows/20 prototypes, which share a common background."""
    rng = np.random.default_rng(seed)
    background = rng.integers(0, states, sites)
    prototypes = _mutate(np.repeat(background[None], max(1, rows // 20), axis=0), 0.6, states, rng)
    return _mutate(prototypes[rng.integers(0, len(prototypes), rows)], 0.12, states, rng)


def _mutate(codes: np.ndarray, rate: float, states: int, rng: np.random.Generator) -> np.ndarray:
    changed = rng.random(codes.shape) < rate
    return np.where(changed, rng.integers(0, states, codes.shape), codes).astype(np.uint8)


def count_by_numpy(codes: np.ndarray, distance: int, threads: int) -> np.ndarray:
    """Neighbours by NumPy alone: xor of bit planes, bit counts, upper triangle of blocks."""
    planes = bit_planes(codes)
    counts = np.ones(len(codes), np.int32)

    def compare(row: int) -> tuple[int, np.ndarray]:
        near = np.zeros(len(codes) - row - 1, bool)
        for start in range(row + 1, len(codes), STRIP):
            strip = slice(start, start + STRIP)
            total = np.zeros(min(STRIP, len(codes) - start), np.uint16)
            for word in planes:
                differ = word[0, strip] ^ word[0, row]
                for plane in word[1:]:
                    differ |= plane[strip] ^ plane[row]
                total += np.bitwise_count(differ)
            near[start - row - 1 : start - row - 1 + len(total)] = total <= distance
        return row, near

    with ThreadPoolExecutor(threads) as pool:
        for row, near in pool.map(compare, range(len(codes))):
            counts[row] += near.sum()
            counts[row + 1 :] += near
    return counts


@numba.njit(nogil=True, inline="always")
def _mismatches(own, other):
    """At most 64, so that a byte holds the sum and compilers use vectors of bytes."""
    differ = np.uint8(0)
    for site in range(len(own)):
        differ = np.uint8(differ + np.uint8(own[site] != other[site]))
    return differ


@numba.njit(nogil=True, parallel=True)
def _count_bytes(codes, distance):
    n, sites = codes.shape
    counts = np.ones(n, np.int32)
    for a in numba.prange(n):
        own = codes[a]
        for b in range(n):
            other, differ = codes[b], 0
            for start in range(0, sites, 64):
                differ += _mismatches(own[start : start + 64], other[start : start + 64])
                if differ > distance:
                    break
            counts[a] += (differ <= distance) & (a != b)
    return counts


def count_by_bytes(codes: np.ndarray, distance: int, threads: int) -> np.ndarray:
    """Neighbours by comparing bytes, all ordered pairs, left after 64 sites if too far."""
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    return _count_bytes(codes, distance)


def count_here(codes: np.ndarray, distance: int, threads: int) -> np.ndarray:
    """Neighbours as the project counts them."""
    return count_neighbours(codes, distance, threads=threads)


METHODS = {"ebmflow": count_here, "bytes": count_by_bytes, "NumPy": count_by_numpy}


def seconds(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Wall time and result of a call."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--sites", type=int, nargs="+", default=[62, 82, 430])
    parser.add_argument("--identity", type=float, default=0.8)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    for sites in options.sites:
        codes = draw(options.rows, sites)
        distance = largest_distance(options.identity, sites)
        results = {}
        print(f"{options.rows} rows, {sites} sites, {options.threads} threads")
        for name, count in METHODS.items():
            count(codes[:100], distance, options.threads)  # compile
            taken, results[name] = seconds(lambda: count(codes, distance, options.threads))  # noqa: B023
            print(f"  {name:10s}{taken:8.2f} s   Meff {(1 / results[name]).sum():.1f}")
        if any((counts != results["ebmflow"]).any() for counts in results.values()):
            raise SystemExit("counts differ")


if __name__ == "__main__":
    main()
