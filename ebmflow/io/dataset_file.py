"""Datasets on disk: one Parquet table; alphabet, labels, counts and provenance in its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.io.table_file import read_table, write_table

KIND = "dataset"


def write_dataset(path: str | Path, dataset: Dataset, facts: dict[str, Any] | None = None) -> None:
    """Write a dataset atomically; `facts` join its metadata."""
    columns = {
        "name": dataset.names,
        "codes": dataset.codes,
        "label": dataset.labels.astype(np.int64),
        "weight": dataset.weights.astype(np.float64),
        "group": dataset.groups,
        "split": dataset.split,
    }
    metadata = {
        **dataset.facts,
        **(facts or {}),
        "alphabet": dataset.alphabet.metadata(),
        "label_names": list(dataset.label_names),
    }
    write_table(path, columns, kind=KIND, metadata=metadata)


def read_dataset(path: str | Path) -> Dataset:
    """Read a dataset; its name is the file's."""
    columns, facts = read_table(path, kind=KIND)
    return Dataset(
        name=Path(path).stem,
        alphabet=Alphabet.from_metadata(facts["alphabet"]),
        codes=columns["codes"],
        names=columns["name"],
        labels=columns["label"],
        label_names=tuple(facts["label_names"]),
        weights=columns["weight"],
        groups=columns["group"],
        split=columns["split"],
        facts={key: facts[key] for key in facts if key not in ("kind", "format_version")},
    )
