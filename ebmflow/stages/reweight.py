"""Stage `reweight`: weigh each row by the inverse number of similar rows."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.data.clusters import cluster_sizes
from ebmflow.data.counts import Counts
from ebmflow.data.neighbours import count_neighbours
from ebmflow.data.thresholds import largest_distance
from ebmflow.data.weights import WeightOptions
from ebmflow.errors import DataError
from ebmflow.io.table_file import read_table, write_table

log = logging.getLogger(__name__)
SECONDS_BETWEEN_LINES = 10


def reweight(*, filtered: Path, weights: Path, spec: dict[str, Any], threads: int = 1) -> None:
    """Count neighbours.

    Parameters
    ----------
    filtered : Path
        Kind ``filtered``.
    weights : Path
        Written, kind ``weights``: name, neighbours, weight.
    spec : dict
        ``weights`` of the dataset file: its ``identity_threshold``, ``strict`` and
        ``clusters_above``.
    """
    columns, facts = read_table(filtered, kind="filtered")
    options = WeightOptions(**spec.get("weights", {}))
    codes, counts = columns["codes"], Counts()
    neighbours = np.ones(len(codes), dtype=np.int32)
    if options.identity_threshold is not None:
        if facts["alphabet"]["kind"] == "real":
            raise DataError(
                "dataset, weights.identity_threshold", "real data have no equal sites", "null"
            )
        neighbours, note = _count(codes, facts["alphabet"]["letters"], options, threads)
        counts.add("weights", "Meff", rows=float((1 / neighbours).sum()), note=note)
        log.info("Meff %.1f of %d rows", (1 / neighbours).sum(), len(codes))
    write_table(
        weights,
        {"name": columns["name"], "neighbours": neighbours, "weight": 1 / neighbours},
        kind="weights",
        metadata={"counts": counts.records()},
    )


def _count(
    codes: np.ndarray, letters: str, options: WeightOptions, threads: int
) -> tuple[np.ndarray, str]:
    """Neighbours of each row, itself included, and how they were found."""
    threshold, sites = options.identity_threshold, codes.shape[1]
    if options.clusters_above is not None and len(codes) > options.clusters_above:
        sizes = cluster_sizes(codes, letters, threshold, threads=threads)
        return sizes, f"approximate: clusters of MMseqs2 at identity {threshold}"
    limit = largest_distance(threshold, sites, strict=options.strict)
    neighbours = count_neighbours(codes, limit, threads=threads, progress=_Progress())
    return neighbours, f"neighbours differ at {limit} of {sites} sites or fewer"


class _Progress:
    """Log a finished fraction at most every ten seconds, and at the end."""

    def __init__(self) -> None:
        self.started = self.last = time.monotonic()

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if fraction < 1 and now - self.last < SECONDS_BETWEEN_LINES:
            return
        self.last = now
        elapsed = now - self.started
        remaining = elapsed * (1 - fraction) / fraction
        log.info(
            "pairs %5.1f %%  elapsed %.0f s  remaining %.0f s", 100 * fraction, elapsed, remaining
        )
