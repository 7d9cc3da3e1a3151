"""Stage `filter_gaps`: from aligned letters to codes of the kept rows and columns."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.filtering import FilterOptions, filter_records
from ebmflow.errors import ShapeError
from ebmflow.io.aligned_file import read_aligned
from ebmflow.io.table_file import write_table

log = logging.getLogger(__name__)


def filter_gaps(*, aligned: Path, filtered: Path, spec: dict[str, Any], dataset: str) -> None:
    """Keep good columns and rows.

    Parameters
    ----------
    aligned : Path
        Kind ``aligned``.
    filtered : Path
        Written, kind ``filtered``: name, codes; alphabet, kept columns and counts in the metadata.
    spec : dict
        ``alphabet``, ``filter`` and ``picture`` of the dataset file.
    dataset : str
        Name, for messages.

    Raises
    ------
    ShapeError
        If the kept columns are no picture of the shape that the dataset file names.
    """
    records = read_aligned(aligned)
    alphabet = Alphabet.named(spec["alphabet"])
    kept = filter_records(records, alphabet, FilterOptions(**spec.get("filter", {})))
    n, sites = kept.codes.shape
    if spec.get("picture"):
        _check_picture(spec["picture"], sites, dataset)
    log.info("%d of %d rows, %d of %d columns kept", n, len(records), sites, records.sites)
    write_table(
        filtered,
        {"name": records.names[kept.rows], "codes": kept.codes},
        kind="filtered",
        metadata={
            "alphabet": alphabet.metadata(),
            "kept_columns": kept.columns.tolist(),
            "counts": records.counts.records() + kept.counts.records(),
        },
    )


def _check_picture(shape: list[int], sites: int, dataset: str) -> None:
    if math.prod(shape) != sites:
        raise ShapeError(
            f"dataset {dataset}, picture",
            f"{' x '.join(map(str, shape))} pixels for the {sites} sites of a row",
            f"rows and columns whose product is {sites}",
            "correct `picture`, or look at `filter`, if that removed columns",
        )
