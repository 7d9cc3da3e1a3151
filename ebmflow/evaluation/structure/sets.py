"""The four sets of sequences that are judged: generated, natural, and two controls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ebmflow.data.alphabets import GAP, Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.data.encoding import decode
from ebmflow.errors import DataError
from ebmflow.evaluation.independent import draw_independent
from ebmflow.evaluation.snapshots import generated_snapshot, label_groups, shared_labels
from ebmflow.randomness import numpy_stream


def sequence_sets(
    columns: dict[str, np.ndarray],
    facts: dict[str, Any],
    dataset: Dataset,
    per_label: int,
    seed: int,
) -> pd.DataFrame:
    """Draw sequences of each set, up to `per_label` of each label.

    generated : rows of the model's last age, at the trained number of sweeps where it was recorded.
    natural : held-out rows of the dataset.
    random : the natural sequences drawn, each with its residues in random order (gaps stay where
    they are): same length, same composition, no more order.
    profile : drawn site by site, independently, from the weighted frequencies of letters and gaps
    among the training rows of the label: what conservation alone achieves.

    Where generated rows have no labels, all sets are drawn without regard to those of the data.

    Parameters
    ----------
    columns, facts
        A samples table and its metadata (alphabet, label names).

    Returns
    -------
    DataFrame
        id, set, label (None without labels) and row (aligned letters).
    """
    alphabet = Alphabet.from_metadata(facts["alphabet"])
    if alphabet.kind == "real" or dataset.alphabet.kind == "real":
        raise DataError(f"dataset {dataset.name}", "real numbers", "sequences of letters")
    snapshot = generated_snapshot(columns, facts, {}).columns
    held_out, training = dataset.part("test"), dataset.part("train")
    names = shared_labels(snapshot["label"], facts["label_names"])
    parts = []
    generated = numpy_stream(seed, "fold", "generated")
    for label, chosen in _draw(snapshot["label"], names, per_label, generated):
        ids = [f"generated_{chain}" for chain in snapshot["chain"][chosen]]
        parts.append(_frame(ids, "generated", label, decode(snapshot["codes"][chosen], alphabet)))
    natural, shuffled = numpy_stream(seed, "fold", "natural"), numpy_stream(seed, "fold", "random")
    for label, chosen in _draw(held_out.labels, names, per_label, natural):
        ids = held_out.names[chosen].tolist()
        rows = decode(held_out.codes[chosen], dataset.alphabet)
        parts.append(_frame(ids, "natural", label, rows))
        mixed = [shuffle_residues(row, shuffled) for row in rows]
        parts.append(_frame([f"random_{one}" for one in ids], "random", label, mixed))
    sites = numpy_stream(seed, "fold", "profile")
    for name, mask in label_groups(training.labels, names):
        rows = training.rows(mask)
        drawn = draw_independent(rows.codes, rows.weights, per_label, sites)
        ids = [f"profile_{name}_{row}" for row in range(len(drawn))]
        label = name if names else None
        parts.append(_frame(ids, "profile", label, decode(drawn, dataset.alphabet)))
    return pd.concat(parts, ignore_index=True)


def shuffle_residues(row: str, generator: np.random.Generator) -> str:
    """Return a row with its residues in random order; gaps keep their places."""
    letters = np.array(list(row))
    residues = letters != GAP
    letters[residues] = generator.permutation(letters[residues])
    return "".join(letters)


def _draw(labels, names, per_label: int, generator: np.random.Generator):
    """Yield (label name or None, row numbers in ascending order) of each label."""
    for name, mask in label_groups(labels, names):
        rows = np.flatnonzero(mask)
        chosen = np.sort(generator.permutation(rows)[:per_label])
        yield (name if names else None), chosen


def _frame(ids: list[str], set_name: str, label: str | None, rows) -> pd.DataFrame:
    columns = {"id": ids, "set": set_name, "label": label, "row": list(rows)}
    return pd.DataFrame(columns, index=range(len(ids))).astype({"label": object})
