"""Stage `compare_structures`: TM-scores of predicted structures."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ebmflow.evaluation.superposition import TMScoreOptions, compare
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.randomness import numpy_stream

log = logging.getLogger(__name__)
SHARED = ["id", "set", "label", "sequence", "status", "reason", "predictor"]


def compare_structures(
    *, structures: Path, tm_scores: Path, spec: dict[str, Any], seed: int, threads: int = 1
) -> None:
    """Compare predicted structures with a template, or with those of natural sequences.

    Parameters
    ----------
    structures : Path
        Kind ``structures``; rows whose status is ok and which have coordinates are compared.
    tm_scores : Path
        Written, kind ``structures`` with score ``tm_score``: the columns of the input that say what
        a row is, `value` (highest TM-score), `tm_mean` (mean over the references) and `nearest`.
    spec : dict
        ``tm_score``: options.
    seed : int
        Of the choice of natural references.
    threads : int
        Processes.
    """
    options = TMScoreOptions.model_validate(spec["tm_score"])
    frame, facts = read_frame(structures, kind="structures")
    frame["coordinates"] = frame.get("coordinates", pd.Series(None, frame.index, dtype=object))
    generator = numpy_stream(seed, "compare_structures")
    found = compare(frame, options, generator, threads=threads)
    alone = ((frame["status"] == "ok") & found["value"].isna()).to_numpy()
    table = frame[SHARED].assign(
        status=np.where(alone, "no_target", frame["status"]),
        score="tm_score",
        value=found["value"],
        tm_mean=found["mean"],
        nearest=found["nearest"].astype(object),
    )
    log.info("%d of %d structures compared", found["value"].notna().sum(), len(table))
    metadata = {"predictor": facts.get("predictor"), "tm_score": options.model_dump(mode="json")}
    write_table(tm_scores, dict(table), kind="structures", metadata=metadata)
