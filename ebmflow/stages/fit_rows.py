"""Rows as a user has them, brought to the columns that a model was trained on."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ebmflow.data.aligners.sequences import RESIDUES, bare_sequences
from ebmflow.data.alphabets import Alphabet
from ebmflow.data.letters import Letters
from ebmflow.data.placing import place_sequences
from ebmflow.data.records import Records
from ebmflow.errors import DataError, ShapeError
from ebmflow.io.aligned_file import read_aligned
from ebmflow.io.table_file import read_table

log = logging.getLogger(__name__)

MANY_LEFT_OUT = 0.5  # share of a sequence's residues
FEW_FILLED = 0.25  # share of the columns
NAMED = 5  # sequences named in a warning


class FittedRows(NamedTuple):
    """Rows of the model's columns.

    Attributes
    ----------
    records : Records
    residues : ndarray of int, shape (n,), or None
        Residues of each sequence that was placed; None for rows that were aligned already.
    left_out : ndarray of int, shape (n,), or None
        How many of them have no column of the model.
    """

    records: Records
    residues: np.ndarray | None = None
    left_out: np.ndarray | None = None


def family_of(model: Path, dataset: str | None) -> Path | None:
    """Return the folder of the prepared family, in the study that the model lies in."""
    if dataset is None:  # a model of other software
        return None
    above = [parent / "data" / dataset for parent in Path(model).resolve().parents]
    return next((folder for folder in above if (folder / "aligned.parquet").is_file()), None)


def fit_rows(
    records: Records,
    alphabet: Alphabet,
    sites: int,
    family: Path | None,
    *,
    unaligned: bool = False,
    threads: int = 1,
) -> FittedRows:
    """Take rows as they are if they fit, choose the kept columns of an alignment, or place them.

    Parameters
    ----------
    alphabet : Alphabet
        Of the model.
    sites : int
        L, the columns of the model.
    family : Path or None
        Folder with ``aligned.parquet`` and ``filtered.parquet``.
    unaligned : bool
        Whether rows are placed even if their length fits.

    Raises
    ------
    ShapeError
        If the rows do not fit and cannot be placed.
    """
    width = records.rows.width
    if width == sites and not unaligned:
        log.info("rows of %d columns, as the model: taken as aligned (else: --unaligned)", width)
        return FittedRows(records)
    aligned, columns = _read_family(records, sites, family)
    if width == aligned.sites and not unaligned:
        log.info(
            "rows of %d columns, as the family's alignment: %d of them kept (else: --unaligned)",
            width, sites,
        )  # fmt: skip
        chosen = Letters.of_matrix(records.rows.matrix()[:, columns])
        return FittedRows(replace(records, rows=chosen))
    if alphabet.name not in RESIDUES or aligned.rows is None:
        raise _misfit(records, sites, f"rows of the letters {alphabet.letters!r} cannot be aligned")
    return _place(records, aligned, columns, alphabet.name, threads)


def _read_family(records: Records, sites: int, family: Path | None) -> tuple[Records, np.ndarray]:
    if family is None:
        raise _misfit(records, sites, "give the folder results/data/NAME of the study as --family")
    for name in ("aligned", "filtered"):
        if not (family / f"{name}.parquet").is_file():
            raise DataError(family, f"holds no {name}.parquet", "the folder results/data/NAME")
    _, facts = read_table(family / "filtered.parquet", kind="filtered", columns=["name"])
    columns = np.array(facts["kept_columns"])
    if len(columns) != sites:
        found = f"{len(columns)} columns are kept, the model has {sites}"
        action = "train again, or give the folder that the model was trained from as --family"
        raise ShapeError(family / "filtered.parquet", found, action=action)
    return read_aligned(family / "aligned.parquet"), columns


def _misfit(records: Records, sites: int, action: str) -> ShapeError:
    widths = ", ".join(map(str, sorted(set(records.rows.lengths.tolist()))[:5]))
    return ShapeError(records.origin, f"rows of {widths} columns", f"{sites} columns each", action)


def _place(
    records: Records, aligned: Records, columns: np.ndarray, alphabet: str, threads: int
) -> FittedRows:
    bare = bare_sequences(records)
    if len(bare) < len(records):
        log.warning("%d rows without a residue are left out", len(records) - len(bare))
    log.info(
        "placing %d sequences in %d columns of %d aligned rows",
        len(bare), len(columns), len(aligned),
    )  # fmt: skip
    rows = place_sequences(
        list(bare.rows), aligned.rows, columns, alphabet=alphabet, threads=threads
    )
    residues = bare.rows.lengths
    filled = (rows.matrix() != ord("-")).sum(axis=1)
    left_out = residues - filled
    log.info(
        "%d of %d residues have no column of the model and are left out",
        left_out.sum(), residues.sum(),
    )  # fmt: skip
    many = left_out > MANY_LEFT_OUT * residues
    _warn(bare.names[many], f"more than {MANY_LEFT_OUT:.0%} of the residues have no column")
    few = filled < FEW_FILLED * len(columns)
    _warn(bare.names[few], f"less than {FEW_FILLED:.0%} of the columns are filled")
    return FittedRows(replace(bare, rows=rows), residues, left_out)


def _warn(names: np.ndarray, what: str) -> None:
    """A label predicted for such a sequence means little."""
    if len(names):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        some = ", ".join(names[:NAMED])
        log.warning("warning: %s; of another family, or a fragment? %s%s", what, some, more)
