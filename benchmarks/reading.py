"""Time and memory of alignment readers, against Biopython.

    python -m benchmarks.reading [--rows 50000] [--sites 200] [--rounds 7]

Readers take turns on the same random alignments; the table has medians of processor time, and each
baseline's ratio to ours. Memory is the peak above that of the imports, each reader in a process of
its own. Ours also keeps headers or accessions, and rows have been checked to be equal.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

LETTERS = np.frombuffer(b"-ACDEFGHIKLMNPQRSTVWY", np.uint8)


def write_alignments(folder: Path, rows: int, sites: int, seed: int = 0) -> dict[str, Path]:
    """Write one random alignment as FASTA (60 letters a line) and as Stockholm with accessions."""
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
    notes = "".join(f"#=GS {name} AC Q{i:05X}.1\n" for i, name in enumerate(names))
    lines = "".join(f"{name:40s}{text}\n" for name, text in pairs)
    stockholm.write_text(f"# STOCKHOLM 1.0\n{notes}{lines}//\n")
    return {"fasta": fasta, "stockholm": stockholm}


def read_here(kind: str, path: Path) -> list[str]:
    """Read with the project's reader."""
    from ebmflow import registry

    return registry.component("reader", kind)().read(path).rows


def read_alignment(kind: str, path: Path) -> list[str]:
    """Read with Bio.AlignIO, Biopython's reader of alignments."""
    from Bio import AlignIO

    return [record.seq for record in AlignIO.read(path, kind)]


def read_records(kind: str, path: Path) -> list[str]:
    """Read with Bio.SeqIO, which checks nothing between records."""
    from Bio import SeqIO

    return [record.seq for record in SeqIO.parse(path, kind)]


READERS = {"ebmflow": read_here, "Bio.AlignIO": read_alignment, "Bio.SeqIO": read_records}


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of a call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median processor time of each piece of work; they take turns, after one round for warmth."""
    taken = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, call in work.items():
            taken[name].append(processor_seconds(call))
    return {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}


def _peak_bytes() -> int:
    # Not getrusage, whose peak is inherited from the parent process.
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if "VmHWM" in line)
    return int(line.split()[1]) * 1024


def _measure_memory(reader: str, kind: str, small: Path, large: Path, queue) -> None:
    READERS[reader](kind, small)  # imports
    before = _peak_bytes()
    READERS[reader](kind, large)
    queue.put(_peak_bytes() - before)


def memory(reader: str, kind: str, small: Path, large: Path) -> int:
    """Bytes needed for a large file above those for a small one, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_measure_memory, args=(reader, kind, small, large, queue))
    process.start()
    result = queue.get()
    process.join()
    return result


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("rows", 50000), ("sites", 200), ("rounds", 7)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    print(f"{options.rows} rows, {options.sites} sites, medians of {options.rounds} rounds")
    print(f"{'format':12s}{'reader':14s}{'cpu s':>8s}{'ratio':>8s}{'memory / file':>16s}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "small").mkdir()
        small = write_alignments(Path(folder) / "small", 10, options.sites)
        large = write_alignments(Path(folder), options.rows, options.sites)
        for kind, path in large.items():
            ours, theirs = (list(map(str, READERS[name](kind, path))) for name in list(READERS)[:2])
            if ours != theirs:
                raise SystemExit(f"{kind}: rows differ")
            work = {name: partial(read, kind, path) for name, read in READERS.items()}
            seconds = medians(work, options.rounds)
            for name, taken in seconds.items():
                peak = memory(name, kind, small[kind], path) / path.stat().st_size
                ratio = taken / seconds["ebmflow"]
                print(f"{kind:12s}{name:14s}{taken:8.3f}{ratio:8.1f}{peak:16.1f}")


if __name__ == "__main__":
    main()
