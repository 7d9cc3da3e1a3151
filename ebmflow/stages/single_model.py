"""One trained model outside a study: generate rows by label, predict the labels of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.data.alphabets import UNKNOWN, Alphabet
from ebmflow.data.encoding import decode, encode
from ebmflow.data.records import Records
from ebmflow.devices import choose_device
from ebmflow.errors import AlphabetError, ConfigError, LabelError
from ebmflow.io.model_file import age_path, load_model
from ebmflow.randomness import random_stream
from ebmflow.stages.fit_rows import FittedRows
from ebmflow.stages.sample import BLOCK_ROWS, available_ages


class StoredModel(NamedTuple):
    """A model read from disk.

    Attributes
    ----------
    model : ContrastiveModel
    facts : dict
        Metadata of the file.
    alphabet : Alphabet
    """

    model: ContrastiveModel
    facts: dict[str, Any]
    alphabet: Alphabet

    @property
    def label_names(self) -> list[str]:
        """Labels that the model knows; none for a model without labels."""
        return list(self.facts["label_names"]) if "label" in self.model.visible else []


def open_model(path: Path, age: str = "last", device: str = "auto") -> StoredModel:
    """Read a model.

    Parameters
    ----------
    path : Path
        A model file, a folder of ages, or the folder of a training run.
    age : str
        ``last`` or a number of updates; for folders only.
    """
    path = Path(path)
    if path.is_dir():
        folder = path / "ages" if (path / "ages").is_dir() else path
        ages = sorted(available_ages(folder))
        known = ["last", *map(str, ages)]
        if age not in known:
            raise ConfigError("command line", "--age", age, accepted=known)
        path = age_path(folder, ages[-1] if age == "last" else int(age))
    model, facts = load_model(path, choose_device(device))
    return StoredModel(model, facts, Alphabet.from_metadata(facts["alphabet"]))


def generate_rows(
    stored: StoredModel, label: str | None, number: int, *, sweeps: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Generate rows from a random start.

    Parameters
    ----------
    label : str or None
        Label to generate for; None lets the model choose.
    sweeps : int or None
        Length of the chains; None: the trained number.

    Returns
    -------
    codes : ndarray, shape (number, L)
    labels : ndarray of int64, shape (number,)
        Label of each chain at its end; -1 for models without labels.
    """
    names = stored.label_names
    if label is not None and label not in names:
        raise ConfigError("command line", "--label", label, accepted=names)
    sweeps = stored.facts["trained_sweeps"] if sweeps is None else sweeps
    device = next(iter(stored.model.named_parameters().values())).device
    generator = random_stream(seed, "generate", label, device=device)
    clamp = frozenset({"label"} if label is not None else ())
    parts = []
    with torch.inference_mode():
        for first in range(0, number, BLOCK_ROWS):
            size = min(BLOCK_ROWS, number - first)
            chains = stored.model.random_chains(size, generator)
            if label is not None:
                wanted = torch.full((size, 1), names.index(label), dtype=torch.uint8, device=device)
                chains = stored.model.clamp(chains, {"label": wanted})
            chains = stored.model.advance(chains, sweeps, generator, clamp=clamp)
            parts.append({g: c.cpu().numpy() for g, c in stored.model.codes(chains).items()})
    codes = np.concatenate([part["data"] for part in parts])
    if not names:
        return codes, np.full(number, -1)
    return codes, np.concatenate([part["label"][:, 0] for part in parts]).astype(np.int64)


def predict_rows(stored: StoredModel, records: Records, seed: int) -> np.ndarray:
    """Label probabilities (n, C) of rows of letters in the columns of the model.

    Letters that stand for several residues count as gaps.
    """
    rows = records.rows
    if not stored.label_names:
        raise LabelError("the model", "knows no labels", "a model trained with labels: true")
    codes = encode(rows, stored.alphabet)
    if stored.alphabet.has_gap:
        codes[stored.alphabet.ambiguous_bytes[rows.matrix()]] = 0
    if (codes == UNKNOWN).any():
        row, site = np.argwhere(codes == UNKNOWN)[0]
        raise AlphabetError(
            f"{records.origin}, record {row + 1} ({records.names[row]}), column {site + 1}",
            f"letter {rows[row][site]!r}",
            f"one of {stored.alphabet.letters!r}",
        )
    device = next(iter(stored.model.named_parameters().values())).device
    generator = random_stream(seed, "predict", device=device)
    with torch.inference_mode():
        found = [
            stored.model.predict_labels(block.to(device), stored.facts["trained_sweeps"], generator)
            for block in torch.from_numpy(codes).split(BLOCK_ROWS)
        ]
    return torch.cat(found).double().cpu().numpy()


def fasta_lines(stored: StoredModel, codes: np.ndarray, labels: np.ndarray) -> Iterator[str]:
    """Lines of a FASTA file; the header is a number and the label."""
    for number, (text, label) in enumerate(zip(_texts(stored, codes), labels, strict=True), 1):
        yield f">generated_{number}{_label(stored, label, ' label=')}"
        yield text


def tsv_lines(stored: StoredModel, codes: np.ndarray, labels: np.ndarray) -> Iterator[str]:
    """Lines of a table: name, label, sequence (or values, for real data)."""
    yield "name\tlabel\tsequence"
    for number, (text, label) in enumerate(zip(_texts(stored, codes), labels, strict=True), 1):
        yield f"generated_{number}\t{_label(stored, label, '')}\t{text}"


def prediction_lines(
    stored: StoredModel, fitted: FittedRows, probabilities: np.ndarray
) -> Iterator[str]:
    """Lines of a table: name, most probable label, probability of every label.

    Of rows that were placed also their residues, and how many of them found no column.
    """
    placed = fitted.residues is not None
    counts = ["residues", "left_out"] if placed else []
    yield "\t".join(["name", "label", *(f"p({name})" for name in stored.label_names), *counts])
    for number, (name, row) in enumerate(zip(fitted.records.names, probabilities, strict=True)):
        cells = [str(name), stored.label_names[row.argmax()], *(f"{value:.6f}" for value in row)]
        if placed:
            cells += [str(fitted.residues[number]), str(fitted.left_out[number])]
        yield "\t".join(cells)


def _label(stored: StoredModel, label: int, prefix: str) -> str:
    return f"{prefix}{stored.label_names[label]}" if label >= 0 else ""


def _texts(stored: StoredModel, codes: np.ndarray) -> Iterator[str]:
    if stored.alphabet.kind == "real":
        return (" ".join(f"{value:.6g}" for value in row) for row in codes)
    return iter(decode(codes, stored.alphabet))
