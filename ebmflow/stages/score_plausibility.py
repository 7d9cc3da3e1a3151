"""Stage `score_plausibility`: judge sequences by a protein language model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from ebmflow.evaluation.structure.embeddings import nearest_natural
from ebmflow.options import Component
from ebmflow.stages.fold import write_judged

_LANGUAGE_MODEL = TypeAdapter(Component["language_model"])
CACHE = Path("resources/cache/plausibility")


def score_plausibility(
    *,
    samples: Path,
    dataset: Path,
    plausibility: Path,
    spec: dict[str, Any],
    seed: int,
    cache: Path = CACHE,
    device: str = "auto",
    threads: int = 1,
) -> None:
    """Score the sequences that `fold` would draw, and write a table of kind ``structures``.

    Parameters
    ----------
    samples, dataset, seed, cache, device, threads
        As for the stage `fold`.
    plausibility : Path
        Written: as by `fold`, with the column embedding_distance: the Euclidean distance of the
        embedding to the nearest natural one of the label.
    spec : dict
        ``language_model``: kind and options.
    """

    def with_distances(table: pd.DataFrame) -> pd.DataFrame:
        known = "embedding" in table
        return table.assign(embedding_distance=nearest_natural(table)) if known else table

    write_judged(
        _LANGUAGE_MODEL.validate_python(spec["language_model"]),
        samples=samples,
        dataset=dataset,
        output=plausibility,
        seed=seed,
        cache=cache,
        device=device,
        threads=threads,
        complete=with_distances,
    )
