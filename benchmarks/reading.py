"""Time and memory of alignment readers, against Biopython.

    python -m benchmarks.reading [--rows 50000] [--sites 200]

Each reader runs in a process of its own, from the same random alignment to a matrix of codes;
ours also drops insert columns and checks letters. Memory is the peak above that of the imports.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

LETTERS = np.frombuffer(b"-ACDEFGHIKLMNPQRSTVWY", np.uint8)


def write_alignments(folder: Path, rows: int, sites: int, seed: int = 0) -> dict[str, Path]:
    """Write one random alignment as FASTA (60 letters a line) and as Stockholm."""
    drawn = LETTERS[np.random.default_rng(seed).integers(0, len(LETTERS), (rows, sites))]
    texts = [row.tobytes().decode() for row in drawn]
    names = [f"Q{i:05X}_SPEC/{i % 97 + 1}-{i % 97 + sites}" for i in range(rows)]
    fasta, stockholm = folder / "rows.fasta", folder / "rows.sto"
    pairs = list(zip(names, texts, strict=True))
    starts = range(0, sites, 60)
    fasta.write_text(
        "".join(
            f">{name}\n" + "".join(f"{text[start : start + 60]}\n" for start in starts)
            for name, text in pairs
        )
    )
    lines = "".join(f"{name:40s}{text}\n" for name, text in pairs)
    stockholm.write_text(f"# STOCKHOLM 1.0\n{lines}//\n")
    return {"fasta": fasta, "stockholm": stockholm}


def read_here(kind: str, path: Path) -> int:
    """Read and encode with the project's reader."""
    from ebmflow import registry
    from ebmflow.data.alphabets import Alphabet
    from ebmflow.data.filtering import FilterOptions, filter_records

    records = registry.component("reader", kind)(columns="match").read(path)
    return len(filter_records(records, Alphabet.named("protein"), FilterOptions()).codes)


def read_biopython(kind: str, path: Path) -> int:
    """Read with Bio.SeqIO, and encode."""
    from Bio import SeqIO

    codes = np.zeros(256, np.uint8)
    codes[LETTERS] = np.arange(len(LETTERS))
    rows = [np.frombuffer(bytes(record.seq), np.uint8) for record in SeqIO.parse(path, kind)]
    return len(codes[np.stack(rows)])


def _measure(read: Callable[[str, Path], int], kind: str, paths: tuple[Path, Path], queue) -> None:
    small, large = paths
    read(kind, small)  # imports
    before = _peak_bytes()
    start = time.perf_counter()
    read(kind, large)
    seconds = time.perf_counter() - start
    queue.put((seconds, _peak_bytes() - before))


def _peak_bytes() -> int:
    # Not getrusage, whose peak is inherited from the parent process.
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) * 1024


def measure(
    read: Callable[[str, Path], int], kind: str, small: Path, large: Path
) -> tuple[float, float]:
    """Seconds, and bytes of memory above those of a small file, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_measure, args=(read, kind, (small, large), queue))
    process.start()
    result = queue.get()
    process.join()
    return result


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("rows", 50000), ("sites", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    print(f"{options.rows} rows, {options.sites} sites")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "small").mkdir()
        small = write_alignments(Path(folder) / "small", 10, options.sites)
        large = write_alignments(Path(folder), options.rows, options.sites)
        for kind in small:
            size = large[kind].stat().st_size
            ours, memory = measure(read_here, kind, small[kind], large[kind])
            theirs, their_memory = measure(read_biopython, kind, small[kind], large[kind])
            print(
                f"{kind:12s} ebmflow {ours:7.2f} s, {memory / size:4.1f} x file; Biopython"
                f" {theirs:7.2f} s, {their_memory / size:4.1f} x file; ratio {theirs / ours:.1f}"
            )


if __name__ == "__main__":
    main()
