"""Small labelled datasets on disk, synthetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.io.dataset_file import write_dataset


def toy_dataset(rows=120, sites=9, classes=3, alphabet="binary", seed=0, unlabelled=0.0) -> Dataset:
    """Rows around one random prototype a class; every fifth row is held out."""
    rng = np.random.default_rng(seed)
    letters = Alphabet.named(alphabet)
    prototypes = rng.integers(0, letters.states, (classes, sites))
    labels = np.arange(rows) % classes
    noise = rng.random((rows, sites)) < 0.1
    codes = np.where(noise, rng.integers(0, letters.states, (rows, sites)), prototypes[labels])
    return Dataset(
        name="toy",
        alphabet=letters,
        codes=codes.astype(np.uint8),
        names=np.array([f"row{i}" for i in range(rows)], dtype=object),
        labels=np.where(rng.random(rows) < unlabelled, -1, labels).astype(np.int64),
        label_names=tuple(f"class_{c}" for c in range(classes)),
        weights=np.ones(rows),
        groups=np.array([None] * rows, dtype=object),
        split=np.array(["test" if i % 5 == 0 else "train" for i in range(rows)], dtype=object),
    )


def write_toy(path: Path, **options) -> Path:
    """Write a toy dataset and return its path."""
    write_dataset(path, toy_dataset(**options))
    return path
