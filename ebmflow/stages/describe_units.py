"""Stage `describe_units`: patterns of a machine, or weights of its hidden units, as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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
        Folder of ``age-<update>.safetensors`` files of RBMs.
    units : Path
        Written, kind ``units``: unit, norm, values (entries of the data group, float32); metadata:
        what (patterns or weights), age.
    """
    age = max(available_ages(ages))
    model, _ = load_model(age_path(ages, age))
    if not isinstance(model, RBM):
        raise DataError(ages, "a model without hidden units to describe", "an RBM")
    what, values = visible_parts(model)
    columns = {
        "unit": np.arange(len(values)),
        "norm": np.linalg.norm(values, axis=1),
        "values": values,
    }
    write_table(units, columns, kind="units", metadata={"what": what, "age": age})


def visible_parts(model: RBM) -> tuple[str, np.ndarray]:
    """Return what the rows are, and the rows (n, entries of the data group), float32."""
    patterns = getattr(model.coupling, "visible", None)
    if patterns is not None:
        return "patterns", patterns["data"].numpy().astype(np.float32)
    return "weights", model.coupling.weights["data"].T.contiguous().numpy().astype(np.float32)
