"""Stage `measure_observables`: compare generated data with exact results."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ebmflow.io.aligned_file import read_aligned, read_annotations
from ebmflow.io.table_file import write_table
from ebmflow.options import Component

log = logging.getLogger(__name__)
_SOURCE = TypeAdapter(Component["source"])


def measure_observables(*, aligned: Path, observables: Path, spec: dict[str, Any]) -> None:
    """Measure what the source knows exact values of.

    Parameters
    ----------
    aligned : Path
        Kind ``aligned``: all rows, before any of them is filtered.
    observables : Path
        Written, kind ``observables``, with the same as TSV beside it.
    spec : dict
        ``source`` of the dataset file.
    """
    source = _SOURCE.validate_python(spec["source"])
    _, notes = read_annotations(aligned)
    table = source.observables(replace(read_aligned(aligned), annotations=notes))
    for line in table[table["n"] > 0].itertuples():
        log.info(
            "%s at %g: %.6g +- %.2g, exact %.6g, of an infinite system %.6g",
            line.observable, line.parameter, line.measured, line.standard_error, line.finite,
            line.infinite,
        )  # fmt: skip
    write_table(
        observables, table, kind="observables", metadata={"parameter": source.parameter}, tsv=True
    )
