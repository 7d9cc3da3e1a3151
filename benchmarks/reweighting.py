"""Time of neighbour counts: the compiled bit planes, against other ways to the same numbers.

    python -m benchmarks.reweighting [--rows 10000] [--sites 62 82 430] [--rounds 5]
    python -m benchmarks.reweighting --fasta PF00595.fasta.gz

Methods take turns on the same rows; the table has medians of processor time on one core, the time
for a pair of rows, and the ratio to ours. All counts are compared. Baselines: NumPy bit planes, a
byte compare compiled by numba and, if there is a C compiler, two loops in C, one of them written
with AVX-512 instructions where the processor has them. The random rows belong to a synthetic
family: most pairs are far apart, some are near.
"""

from __future__ import annotations

import argparse
import ctypes
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numba
import numpy as np

from benchmarks.reading import medians
from ebmflow.data.alphabets import Alphabet
from ebmflow.data.encoding import encode
from ebmflow.data.neighbours import bit_planes, count_neighbours
from ebmflow.data.readers.fasta import FastaReader
from ebmflow.data.thresholds import largest_distance

WORD = 64  # sites after which a byte compare may stop

# Half matrix, early exit after blocks of 64 sites; compilers turn the inner loop into vectors.
C_SOURCE = """
#include <stdint.h>
void count(const uint8_t *rows, long n, long width, long limit, int32_t *counts) {
  for (long i = 0; i < n; i++)
    for (long j = i + 1; j < n; j++) {
      const uint8_t *a = rows + i * width, *b = rows + j * width;
      long differ = 0;
      for (long start = 0; start < width && differ <= limit; start += 64) {
        uint8_t block = 0;
        for (int k = 0; k < 64; k++) block += a[start + k] != b[start + k];
        differ += block;
      }
      if (differ <= limit) { counts[i]++; counts[j]++; }
    }
}
"""


# The same with one vector compare and one population count for 64 sites, written out.
C_VECTORS = """
#include <stdint.h>
#include <immintrin.h>
void count(const uint8_t *rows, long n, long width, long limit, int32_t *counts) {
  for (long i = 0; i < n; i++)
    for (long j = i + 1; j < n; j++) {
      const uint8_t *a = rows + i * width, *b = rows + j * width;
      long differ = 0;
      for (long k = 0; k < width && differ <= limit; k += 64) {
        __m512i x = _mm512_loadu_si512(a + k), y = _mm512_loadu_si512(b + k);
        differ += __builtin_popcountll(_mm512_cmpneq_epi8_mask(x, y));
      }
      if (differ <= limit) { counts[i]++; counts[j]++; }
    }
}
"""


def draw(rows: int, sites: int, states: int = 21, seed: int = 0) -> np.ndarray:
    """Rows around rows/20 prototypes, which share a common background."""
    rng = np.random.default_rng(seed)
    background = rng.integers(0, states, sites)
    prototypes = _mutate(np.repeat(background[None], max(1, rows // 20), axis=0), 0.6, states, rng)
    return _mutate(prototypes[rng.integers(0, len(prototypes), rows)], 0.12, states, rng)


def _mutate(codes: np.ndarray, rate: float, states: int, rng: np.random.Generator) -> np.ndarray:
    changed = rng.random(codes.shape) < rate
    return np.where(changed, rng.integers(0, states, codes.shape), codes).astype(np.uint8)


def padded(codes: np.ndarray) -> np.ndarray:
    """Rows filled with zeros to a whole number of blocks."""
    filled = -(-codes.shape[1] // WORD) * WORD
    return np.pad(codes, ((0, 0), (0, filled - codes.shape[1])))


def count_by_numpy(codes: np.ndarray, distance: int) -> np.ndarray:
    """Neighbours by NumPy alone: a row at a time against all later ones."""
    planes = bit_planes(codes)
    counts = np.ones(len(codes), np.int32)
    for row in range(len(codes) - 1):
        total = np.zeros(len(codes) - row - 1, np.uint16)
        for word in planes:
            differ = word[0, row + 1 :] ^ word[0, row]
            for plane in word[1:]:
                differ |= plane[row + 1 :] ^ plane[row]
            total += np.bitwise_count(differ)
        near = total <= distance
        counts[row] += np.count_nonzero(near)
        counts[row + 1 :] += near
    return counts


@numba.njit
def _count_bytes(codes, distance):
    n, width = codes.shape
    counts = np.ones(n, np.int32)
    for a in range(n):
        for b in range(a + 1, n):
            differ, start = 0, 0
            while start < width and differ <= distance:
                block = numba.uint8(0)
                for site in range(WORD):
                    block += numba.uint8(codes[a, start + site] != codes[b, start + site])
                differ += block
                start += WORD
            if differ <= distance:
                counts[a] += 1
                counts[b] += 1
    return counts


def count_by_bytes(codes: np.ndarray, distance: int) -> np.ndarray:
    """Neighbours by comparing bytes, compiled by numba."""
    return _count_bytes(padded(codes), distance)


def c_methods(folder: Path) -> dict[str, Callable[[np.ndarray, int], np.ndarray]]:
    """The C loops that this compiler and this processor can do."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    methods = {}
    for name, source in {"C AVX-512": C_VECTORS, "C bytes": C_SOURCE}.items() if compiler else ():
        file, library = folder / f"{len(methods)}.c", folder / f"{len(methods)}.so"
        file.write_text(source)
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        command = [compiler, *flags, str(file), "-o", str(library)]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            methods[name] = _c_method(library)
    return methods


def _c_method(library: Path) -> Callable[[np.ndarray, int], np.ndarray]:
    function = ctypes.CDLL(str(library)).count
    function.restype = None

    def count(codes: np.ndarray, distance: int) -> np.ndarray:
        rows, counts = padded(codes), np.ones(len(codes), np.int32)
        pointers = (rows.ctypes.data_as(ctypes.c_void_p), counts.ctypes.data_as(ctypes.c_void_p))
        sizes = (ctypes.c_long(size) for size in (*rows.shape, distance))
        function(pointers[0], *sizes, pointers[1])
        return counts

    return count


def report(codes: np.ndarray, identity: float, rounds: int, methods: dict, threads: int) -> None:
    """Print the table of one set of rows."""
    n, sites = codes.shape
    distance = largest_distance(identity, sites)
    expected = count_neighbours(codes, distance)
    for name, count in methods.items():
        if (count(codes, distance) != expected).any():
            raise SystemExit(f"{name}: counts differ")
    meff = (1 / expected).sum()
    print(f"{n} rows, {sites} sites, Meff {meff:.1f}, medians of {rounds} rounds, one core")
    seconds = medians({m: partial(count, codes, distance) for m, count in methods.items()}, rounds)
    for name, taken in seconds.items():
        pair = taken / (n * (n - 1) / 2) * 1e9
        print(f"  {name:14s}{taken:9.3f} s{pair:9.2f} ns/pair{taken / seconds['ebmflow']:8.1f}")
    start = time.perf_counter()
    count_neighbours(codes, distance, threads=threads)
    print(f"  ebmflow, {threads} threads, wall time: {time.perf_counter() - start:.3f} s")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--sites", type=int, nargs="+", default=[62, 82, 430])
    parser.add_argument("--fasta", type=Path, help="rows of this alignment instead of random ones")
    parser.add_argument("--identity", type=float, default=0.8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.fasta:
        rows = FastaReader().read(options.fasta).rows
        sets = [encode(rows, Alphabet.named("protein"))]
    else:
        sets = [draw(options.rows, sites) for sites in options.sites]
    with tempfile.TemporaryDirectory() as folder:
        methods = {"ebmflow": count_neighbours, **c_methods(Path(folder))}
        methods |= {"numba bytes": count_by_bytes, "NumPy planes": count_by_numpy}
        for codes in sets:
            report(codes, options.identity, options.rounds, methods, options.threads)


if __name__ == "__main__":
    main()
