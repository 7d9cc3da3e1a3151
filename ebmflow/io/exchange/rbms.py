"""Model files of rbms 0.5.0 (HDF5).

``model_type`` is ``BBRBM`` (binary) or ``PBRBM`` (Potts); every ``update_<n>/params`` holds
``vbias`` (L,) or (L, q), ``hbias`` (M,), ``weight_matrix`` (L, M) or (L, q, M). Units are 0 and 1;
signs are ours. The letters are not stored. Older versions looked for parameters in ``update_<n>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.errors import DataError
from ebmflow.io.atomic import atomic_path
from ebmflow.io.exchange.h5 import PREFIX, chosen_update, opened
from ebmflow.io.exchange.machine import Machine, from_model, letters_of, to_model

MODEL_TYPES = {2: "BBRBM", 3: "PBRBM"}


def read(
    path: Path, alphabet: str | None, update: int | None
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Read a file of rbms as a model of ours, with metadata."""
    with opened(path) as file:
        number = chosen_update(file, update, path)
        group = file[f"{PREFIX}{number}"]
        group = group["params"] if "params" in group else group
        weight = group["weight_matrix"][()]
        field, hidden = group["vbias"][()], group["hbias"][()]
    letters = "01" if weight.ndim == 2 else letters_of(alphabet, weight.shape[1], path)
    return to_model(Machine(field, hidden, weight, letters, update=number), f"rbms {path.name}")


def write(
    path: Path, model: ContrastiveModel, metadata: dict[str, Any], alphabet: str | None
) -> None:
    """Write a model of ours as a file of rbms; the format knows no labels."""
    letters = letters_of(alphabet, model.visible["data"].states, path) if alphabet else None
    machine = from_model(model, metadata, letters, "rbms")
    if machine.label_field is not None:
        raise DataError(
            path, "the model knows labels, rbms does not", "a model without", "write annadca"
        )
    values = {"vbias": machine.field, "hbias": machine.hidden, "weight_matrix": machine.weight}
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        group = file.create_group(f"{PREFIX}{machine.update}")
        parameters = group.create_group("params")
        for name, value in values.items():
            parameters[name] = group[name] = value
        group["time"] = 0.0
        file["model_type"] = MODEL_TYPES[machine.weight.ndim]
