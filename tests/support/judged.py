"""A small dataset of proteins and samples of it, for stages that judge single sequences."""

from __future__ import annotations

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.io.table_file import write_table

PROTEIN = Alphabet.named("protein")
LABELS = ("fold_67628", "fold_69588")


def make_dataset(alphabet=PROTEIN, rows=40, labels=LABELS):
    generator = np.random.default_rng(0)
    return Dataset(
        name="toy",
        alphabet=alphabet,
        codes=generator.integers(1, 21, size=(rows, 27)).astype(np.uint8),
        names=np.array([f"row_{k}" for k in range(rows)], dtype=object),
        labels=np.arange(rows) % len(labels) if labels else np.full(rows, -1),
        label_names=tuple(labels),
        weights=np.ones(rows),
        groups=np.full(rows, None, dtype=object),
        split=np.array(["train", "train", "test", "test"] * (rows // 4), dtype=object),
    )


def make_samples(path, labels=LABELS, requested=None, predicted=None):
    """Two ages and two times; only the last age at the trained time (10) should be used."""
    generator = np.random.default_rng(1)
    rows = 12
    parts = []
    for age, time in ((5, 10), (9, 10), (9, 50)):
        letter = 1 if (age, time) == (9, 10) else 2
        codes = generator.integers(1, 21, size=(rows, 27)).astype(np.uint8)
        codes[:, 0] = letter
        codes[:, 5] = 0  # a gap
        parts.append((np.full(rows, age), np.full(rows, time), codes))
    age, time, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
    both = np.tile(np.arange(rows) % 2, 3)
    wanted = both if requested is None else np.full(3 * rows, requested)
    columns = {
        "age": age, "time": time, "chain": np.tile(np.arange(rows), 3), "label": wanted,
        "predicted": both if predicted is None else np.full(3 * rows, predicted), "codes": codes,
    }  # fmt: skip
    facts = {
        "alphabet": PROTEIN.metadata(), "label_names": list(labels), "trained_sweeps": 10,
    }  # fmt: skip
    write_table(path, columns, kind="samples", metadata=facts)
