"""Time of quality scores, against torch.cdist on one-hot rows as published evaluations use it.

    python -m benchmarks.metrics [--rows 5000] [--sites 430] [--states 21] [--threads 2]

The published nearest-neighbour score needs the distances of all rows of both sets, `torch.cdist`
with p = 0 on one-hot rows; it is timed on some query rows and scaled. Euclidean distance through a
matrix product (p = 2) is shown as well: the fastest that cdist offers, though not exact.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import torch

from ebmflow import registry
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.metrics.base import MetricInputs
from ebmflow.evaluation.rows import RowSet


def draw(rows: int, sites: int, states: int, seed: int) -> RowSet:
    """Rows of a mixture of ten families of independent sites, states as uneven as in proteins."""
    shape, rng = np.random.default_rng(0), np.random.default_rng(seed)
    steps = np.cumsum(shape.dirichlet(np.full(states, 0.1), size=(10, sites)), axis=2)[..., :-1]
    family = rng.integers(0, 10, rows)
    codes = np.empty((rows, sites), dtype=np.uint8)
    for i in range(rows):
        codes[i] = (rng.random((sites, 1)) > steps[family[i]]).sum(axis=1)
    kind = "binary" if states == 2 else "categorical"
    return RowSet.plain(codes, make_encoding(kind, sites, states))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def time_metric(name: str, data: RowSet, generated: RowSet, threads: int, **options) -> float:
    """Seconds of one metric on sets nothing is remembered for."""
    metric = registry.component("metric", name)(**options)
    fresh = [rows.take(np.arange(len(rows))) for rows in (data, generated)]
    inputs = MetricInputs(*fresh, fresh[0], threads)
    return seconds(lambda: list(metric(inputs, np.random.default_rng(0))))


def time_cdist(data: RowSet, generated: RowSet, p: float, queries: int) -> float:
    """Seconds of torch.cdist of all rows against all, scaled from some query rows."""
    encoding = data.encoding
    rows = torch.from_numpy(encoding.expand(np.concatenate([data.codes, generated.codes])))
    query = rows[:queries]
    torch.cdist(query[:8], rows, p=p)
    return seconds(lambda: torch.cdist(query, rows, p=p)) * len(rows) / queries


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("rows", 5000), ("sites", 430), ("states", 21), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data, generated = (draw(options.rows, options.sites, options.states, s) for s in (1, 2))
    small = [rows.take(np.arange(20)) for rows in (data, generated)]
    for name in ("nearest_neighbour", "moments"):
        time_metric(name, *small, 1)  # compile
    total = 0.0
    print(f"2 x {options.rows} rows, {options.sites} sites, {options.states} states")
    for name in ("nearest_neighbour", "spectrum", "moments"):
        taken = time_metric(name, data, generated, options.threads)
        total += taken
        print(f"{name:24s}{taken:10.2f} s")
    print(f"{'sum':24s}{total:10.2f} s")
    for name, more in (("entropy", {"conventions": ["paper"]}), ("pairs", {}), ("novelty", {})):
        print(f"{name:24s}{time_metric(name, data, generated, options.threads, **more):10.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{'peak memory':24s}{peak:10.2f} GiB")
    for p, queries in ((0.0, 50), (2.0, 1000)):
        taken = time_cdist(data, generated, p, queries)
        print(f"cdist p={p:g} (scaled){taken:18.2f} s = {taken / total:.1f} x the sum")


if __name__ == "__main__":
    main()
