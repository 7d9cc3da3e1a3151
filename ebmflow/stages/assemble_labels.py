"""Stage `assemble_labels`: the label of every row, whatever it comes from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from ebmflow.data.counts import Counts
from ebmflow.data.labels import apply_vocabulary
from ebmflow.io.aligned_file import read_annotations
from ebmflow.io.table_file import write_table
from ebmflow.options import Component
from ebmflow.stages.fetch import read_fetched

log = logging.getLogger(__name__)
_LABELLER = TypeAdapter(Component["labeller"])


def assemble_labels(
    *, aligned: Path, fetched: Sequence[Path], labels: Path, spec: dict[str, Any]
) -> None:
    """Label the aligned rows.

    Parameters
    ----------
    aligned : Path
        Kind ``aligned``.
    fetched : sequence of Path
        Records of the fetched roles of the labeller.
    labels : Path
        Written, kind ``labels``: name, label, group, dropped (a reason) and source_split; null
        where there is none.
    spec : dict
        ``labels`` of the dataset file, or None.
    """
    names, notes = read_annotations(aligned)
    none = np.full(len(names), None, dtype=object)
    found, dropped, counts = none, none, Counts()
    if spec.get("labels") is not None:
        labeller = _LABELLER.validate_python(spec["labels"])
        files = {Path(path).stem: read_fetched(path) for path in fetched}
        labelling = labeller.label(names, notes, files)
        counts.extend(labelling.counts)
        found = apply_vocabulary(labelling.labels, labeller)
        dropped = none if labelling.dropped is None else labelling.dropped
    counts.extend(_counts_by_label(found))
    log.info("%d of %d rows have labels", (~pd.isna(found)).sum(), len(names))
    columns = {
        "name": names,
        "label": found,
        "group": notes.get("group", pd.Series(none)),
        "dropped": dropped,
        "source_split": notes.get("source_split", pd.Series(none)),
    }
    columns = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    write_table(labels, columns, kind="labels", metadata={"counts": counts.records()})


def _counts_by_label(labels: np.ndarray) -> Counts:
    counts = Counts()
    counts.add("labels", "in", rows=len(labels))
    for label, rows in pd.Series(labels, dtype=object).value_counts().sort_index().items():
        counts.add("labels", "labelled", label=label, rows=int(rows))
    counts.add("labels", "unlabelled", rows=int(pd.isna(labels).sum()))
    return counts
