"""Judge the sequences of one file by their structure, outside a study."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ebmflow.data.readers.fasta import FastaReader
from ebmflow.evaluation.structure.base import Predictor
from ebmflow.stages.fold import CACHE, predict_cached


def fold_file(sequences: Path, predictor: Predictor, device: str) -> Iterator[str]:
    """Lines of a table: name, label, sequence judged, score, status.

    Parameters
    ----------
    sequences : Path
        FASTA, gaps allowed; ``label=NAME`` in a header says what the sequence should be.
    """
    records = FastaReader().read(sequences)
    found = [re.search(r"label=(\S+)", header) for header in records.annotations["header"]]
    labels = pd.Series([match and match[1] for match in found], dtype=object)
    results = predict_cached(
        predictor,
        pd.Series(list(records.rows), dtype=object),
        labels,
        cache=CACHE,
        device=device,
        threads=os.cpu_count() or 1,
    )
    yield f"name\tlabel\tsequence\t{predictor.score_name}\tstatus"
    for name, label, (sequence, one) in zip(records.names, labels, results, strict=True):
        yield f"{name}\t{label or ''}\t{sequence or ''}\t{one.value:.6g}\t{one.status}"
