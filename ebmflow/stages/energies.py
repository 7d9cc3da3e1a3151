"""Free energies of data rows under a stored model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.errors import DataError
from ebmflow.evaluation.rows import RowSet
from ebmflow.io.model_file import age_path, load_model

BATCH_ROWS = 1024


def data_energies(models: Path | None, age: int) -> Callable[[RowSet], np.ndarray]:
    """Return the function rows -> free energies (n,), in nats, of the model of an age.

    Models without an energy, and unlabelled rows of a model that knows labels, give NaN.

    Parameters
    ----------
    models : Path or None
        Folder with files ``age-<update>.safetensors``.
    """
    if models is None:
        raise DataError("models", "no folder given", "the folder with the model of each age")
    path = age_path(models, age)
    if not path.exists():
        raise DataError(path, "there is no such file", "the model of this age", "train it first")
    model, _ = load_model(path)
    return lambda rows: _free_energies(model, rows)


def _free_energies(model: ContrastiveModel, rows: RowSet) -> np.ndarray:
    energies = np.full(len(rows), np.nan)
    if not hasattr(model, "free_energy"):
        return energies
    knows_labels = "label" in model.visible
    places = np.flatnonzero(rows.labels >= 0) if knows_labels else np.arange(len(rows))
    with torch.inference_mode():
        for start in range(0, len(places), BATCH_ROWS):
            part = places[start : start + BATCH_ROWS]
            visible = {"data": torch.from_numpy(rows.codes[part])}
            if knows_labels:
                visible["label"] = torch.from_numpy(rows.labels[part, None].astype(np.uint8))
            energies[part] = model.free_energy(visible).double().numpy()
    return energies
