"""Stage `observe_samples`: generated rows against exact results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from ebmflow.data.sources.base import Source
from ebmflow.errors import DataError
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.io.table_file import read_table, write_table
from ebmflow.options import Component

_SOURCE = TypeAdapter(Component["source"])


def observe_samples(*, samples: Path, observables: Path, spec: dict[str, Any]) -> None:
    """Measure on generated rows what the source of the data knows exact values of.

    At the last age and the trained time (else the last one recorded).

    Parameters
    ----------
    samples : Path
        Kind ``samples``.
    observables : Path
        Written, kind ``observables``: observable, parameter, measured, standard_error, n, finite,
        infinite.
    spec : dict
        ``source`` of the dataset file.
    """
    source = _SOURCE.validate_python(spec["source"])
    columns, facts = read_table(samples, kind="samples")
    snapshot = generated_snapshot(columns, facts, {})
    values = parameter_values(source, snapshot.columns["label"], facts["label_names"], samples)
    table = source.observables_of(snapshot.columns["codes"], values)
    known = {"parameter": source.parameter, "age": snapshot.age, "time": snapshot.time}
    write_table(observables, table[table["n"] > 0], kind="observables", metadata=known)


def parameter_values(
    source: Source, labels: np.ndarray, names: list[str], path: Path
) -> np.ndarray:
    """Value of the parameter for each generated row: the only one, or that its label says.

    Raises
    ------
    DataError
        If there are several values, and labels do not name them.
    """
    known = source.parameter_values
    if len(known) == 1:
        return np.full(len(labels), known[0])
    try:
        by_label = np.array([float(name) for name in names])
    except ValueError:
        by_label = np.array([])
    if not len(by_label) or not np.isin(by_label, known).all() or (labels < 0).any():
        raise DataError(
            path,
            "rows whose label does not say their " + source.parameter,
            "labels " + ", ".join(f"{value:g}" for value in known),
            "take a dataset with one value, or let its labels be the values",
        )
    return by_label[labels]
