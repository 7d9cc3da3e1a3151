"""Stage `describe_units`: patterns of a machine, or weights of its hidden units, as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ebmflow.core.chaotic import ChaoticNetwork
from ebmflow.core.rbm import RBM
from ebmflow.errors import DataError
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.stages.sample import available_ages


def describe_units(*, ages: Path, units: Path, spec: dict | None = None) -> None:
    """Write what each hidden unit of the last age couples to; of pattern couplings, the patterns.

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files of RBMs, or of chaotic networks with hidden
        units, whose lowest ones are described.
    units : Path
        Written, kind ``units``: unit, norm, values (entries of the data group, float32); metadata:
        what (patterns, weights or receptive fields), age, alphabet.
    """
    age = max(available_ages(ages))
    model, known = load_model(age_path(ages, age))
    if isinstance(model, RBM):
        what, values = visible_parts(model)
    elif isinstance(model, ChaoticNetwork) and model.hidden:
        what, values = "receptive fields", receptive_fields(model)
    else:
        raise DataError(ages, "a model without hidden units to describe", "an RBM")
    columns = {
        "unit": np.arange(len(values)),
        "norm": np.linalg.norm(values, axis=1),
        "values": values,
    }
    metadata = {"what": what, "age": age, "alphabet": known["alphabet"]}
    write_table(units, columns, kind="units", metadata=metadata)


def visible_parts(model: RBM) -> tuple[str, np.ndarray]:
    """Return what the rows are, and the rows (n, entries of the data group), float32."""
    patterns = getattr(model.coupling, "visible", None)
    if patterns is not None:
        return "patterns", patterns["data"].numpy().astype(np.float32)
    return "weights", model.coupling.weights["data"].T.contiguous().numpy().astype(np.float32)


def receptive_fields(network: ChaoticNetwork) -> np.ndarray:
    """Return W + A from each unit of the lowest hidden layer to the data units, (M, N), float32.

    Source: Fournier, Urbani 2025, Fig. 4; not divided by g.
    """
    link = "data", next(iter(network.hidden))
    return (network.couplings[link] + network.weights[link]).T.contiguous().numpy()
