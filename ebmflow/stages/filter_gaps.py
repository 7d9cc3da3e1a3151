"""Stage `filter_gaps`: from aligned letters to codes of the kept rows and columns."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.filtering import FilterOptions, filter_records
from ebmflow.io.aligned_file import read_aligned
from ebmflow.io.table_file import write_table

log = logging.getLogger(__name__)


def filter_gaps(*, aligned: Path, filtered: Path, spec: dict[str, Any]) -> None:
    """Keep good columns and rows.

    Parameters
    ----------
    aligned : Path
        Kind ``aligned``.
    filtered : Path
        Written, kind ``filtered``: name, codes; alphabet, kept columns and counts in the metadata.
    spec : dict
        ``alphabet`` and ``filter`` of the dataset file.
    """
    records = read_aligned(aligned)
    alphabet = Alphabet.named(spec["alphabet"])
    kept = filter_records(records, alphabet, FilterOptions(**spec.get("filter", {})))
    n, sites = kept.codes.shape
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
