"""Model files of annaDCA 0.2.3 (HDF5).

Every ``update_<n>`` holds ``vbias`` (L,) or (L, q), ``hbias`` (M,), ``lbias`` (C,),
``weight_matrix`` (L, M) or (L, q, M), ``label_matrix`` (C, M); the attributes ``alphabet`` (letters
in the order of states) and ``label_vocabulary`` (JSON list) may be absent. Signs are ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.errors import DataError
from ebmflow.io.atomic import atomic_path
from ebmflow.io.exchange.h5 import PREFIX, chosen_update, opened
from ebmflow.io.exchange.machine import Machine, from_model, letters_of, to_model

PARTS = ("vbias", "hbias", "weight_matrix", "lbias", "label_matrix")


def read(
    path: Path, alphabet: str | None, update: int | None
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Read a file of annaDCA as a model of ours, with metadata."""
    with opened(path) as file:
        number = chosen_update(file, update, path)
        field, hidden, weight, label_field, label_weight = (
            file[f"{PREFIX}{number}"][part][()] for part in PARTS
        )
        names = tuple(json.loads(file.attrs.get("label_vocabulary", "[]")))
        alphabet = alphabet or file.attrs.get("alphabet")
    letters = "01" if weight.ndim == 2 else letters_of(alphabet, weight.shape[1], path)
    machine = Machine(field, hidden, weight, letters, label_field, label_weight, names, number)
    return to_model(machine, f"annadca {path.name}")


def write(
    path: Path, model: ContrastiveModel, metadata: dict[str, Any], alphabet: str | None
) -> None:
    """Write a labelled model of ours as a file of annaDCA."""
    letters = letters_of(alphabet, model.visible["data"].states, path) if alphabet else None
    machine = from_model(model, metadata, letters, "annadca")
    if machine.label_field is None:
        raise DataError(path, "the model knows no labels, annaDCA must", "a model with labels")
    values = (machine.field, machine.hidden, machine.weight)
    values += (machine.label_field, machine.label_weight)
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        group = file.create_group(f"{PREFIX}{machine.update}")
        for part, value in zip(PARTS, values, strict=True):
            group[part] = value
        file.attrs["alphabet"] = machine.letters
        file.attrs["label_vocabulary"] = json.dumps(list(machine.label_names))
