"""Stage `align`: read the rows of a dataset and bring them to one length."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ebmflow.io.aligned_file import write_aligned
from ebmflow.options import Component
from ebmflow.randomness import numpy_stream
from ebmflow.stages.fetch import read_fetched

log = logging.getLogger(__name__)
_SOURCE = TypeAdapter(Component["source"])
_ALIGNER = TypeAdapter(Component["aligner"])


def align(
    *,
    fetched: Sequence[Path],
    aligned: Path,
    spec: dict[str, Any],
    dataset: str,
    threads: int = 1,
) -> None:
    """Read and align.

    Parameters
    ----------
    fetched : sequence of Path
        Records of the fetched roles of source and aligner; each is named ``<role>.json``.
    aligned : Path
        Written, kind ``aligned``: name, row (letters) or codes, and annotations.
    spec : dict
        ``source``, ``align`` and ``alphabet`` of the dataset file.
    dataset : str
        Name of the dataset, for messages.
    """
    files = {Path(path).stem: read_fetched(path) for path in fetched}
    source = _SOURCE.validate_python(spec["source"])
    aligner = _ALIGNER.validate_python(spec.get("align", "none"))
    # Named after the kind of source: renaming a dataset changes no row of it.
    generator = numpy_stream(0, "source", source.kind)
    records = source.read(files, generator=generator, dataset_dir=Path(aligned).parent)
    log.info("%s: %d rows from %s", dataset, len(records), records.origin)
    records = aligner.align(
        records.with_unique_names(), files, threads=threads, alphabet=spec["alphabet"]
    )
    log.info("%s: %d rows of %s columns", dataset, len(records), records.sites)
    write_aligned(aligned, records)
