"""Reweighting, reading and quality scores, as rows of the common table.

    python -m benchmarks --only reweighting reading metrics [--scale 0.2]

Each module measured here also runs alone, with options of its own and more detail.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks import metrics, peers, reading, reweighting
from benchmarks.measure import Goal, Settings, Table, interleave
from ebmflow.data.neighbours import count_neighbours
from ebmflow.data.thresholds import largest_distance

ALIGNMENTS = ((50_000, 62), (36_690, 82), (5_000, 430))
IDENTITY = 0.8
QUERIES = 20  # rows that adabmDCA weighs; its time grows with their number alone


def measure_reweighting(table: Table, settings: Settings) -> None:
    """Neighbour counts on one thread."""
    with tempfile.TemporaryDirectory() as folder:
        methods = {"ebmflow": count_neighbours, **reweighting.c_methods(Path(folder))}
        methods["NumPy planes"] = reweighting.count_by_numpy
        for rows, sites in ALIGNMENTS:
            rows = max(1000, int(rows * settings.scale))
            codes = reweighting.draw(rows, sites)
            distance = largest_distance(IDENTITY, sites)
            works = {name: partial(count, codes, distance) for name, count in methods.items()}
            works |= peers.adabmdca_weights(codes, IDENTITY, QUERIES)
            scaled = {"adabmDCA": rows / QUERIES}
            seconds = interleave(works, min(2, settings.rounds), scaled=scaled)
            goals = (Goal("C AVX-512", 0.5), Goal("NumPy planes", 3.0), Goal("adabmDCA", 100.0))
            table.add("reweighting, one thread", f"{rows} x {sites}", seconds, goals)


def measure_reading(table: Table, settings: Settings) -> None:
    """Readers of alignments, and the memory of ours as multiples of the file."""
    rows, sites = int(50_000 * settings.scale), 200
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "small").mkdir()
        small = reading.write_alignments(Path(folder) / "small", 10, sites)
        for kind, path in reading.write_alignments(Path(folder), rows, sites).items():
            readers = reading.READERS if peers.installed("Bio") else {"ebmflow": reading.read_here}
            works = {name: partial(read, kind, path) for name, read in readers.items()}
            goals = (Goal("Bio.AlignIO", 5.0),)
            seconds = interleave(works, settings.rounds)
            table.add("reading", f"{kind}, {rows} x {sites}", seconds, goals)
            peak = reading.memory("ebmflow", kind, small[kind], path) / path.stat().st_size
            table.limit("memory of reading / file (goal: 3)", kind, peak, "")


def measure_metrics(table: Table, settings: Settings) -> None:
    """Nearest neighbours, spectrum and moments, against torch.cdist on one-hot rows."""
    rows, sites, states = int(5000 * settings.scale), 430, 21
    data, generated = (metrics.draw(rows, sites, states, seed) for seed in (1, 2))
    small = [r.take(np.arange(20)) for r in (data, generated)]
    names = ("nearest_neighbour", "spectrum", "moments")
    for name in names:
        metrics.time_metric(name, *small, 1)  # compile
    taken = [metrics.time_metric(n, data, generated, settings.threads) for n in names]
    with torch.inference_mode():
        distances = metrics.time_cdist(data, generated, 0.0, 20)
    seconds = {"ebmflow": sum(taken), "torch.cdist": distances}
    shape = f"2 x {rows} x {sites} x {states}"
    table.add("AAI, spectrum and moments", shape, seconds, (Goal("torch.cdist", 10.0),))
