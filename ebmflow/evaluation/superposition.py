"""TM-scores of predicted structures, with a template or with the predictions of natural sequences.

The TM-score (Zhang and Skolnick 2004, 2005) is 1 for equal backbones; above 0.5 two proteins mostly
share a fold, unrelated ones stay near 0.2. It is divided by the length of the reference, so that a
long prediction gains nothing by its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.errors import DataError
from ebmflow.options import Options

FEWEST_RESIDUES = 5  # TM-align stops on shorter chains


class TMScoreOptions(Options):
    """What predicted structures are compared with."""

    template: Path | None = Field(
        None,
        description="PDB or mmCIF file; null: predictions of natural sequences of the same label.",
    )
    chain: str | None = Field(None, description="Chain of the template; null: its first.")
    references: int = Field(
        5, ge=1, description="Natural predictions that each structure is compared with."
    )

    @property
    def files(self) -> list[Path]:
        """The template, if there is one."""
        return [self.template] if self.template else []


class Backbone(NamedTuple):
    """A chain of C-alpha atoms.

    Attributes
    ----------
    name : str
    sequence : str
        L letters.
    coordinates : ndarray of float64, shape (L, 3)
        Angstrom.
    """

    name: str
    sequence: str
    coordinates: np.ndarray


def tm_score(one: Backbone, reference: Backbone) -> float:
    """Return the TM-score of the best structural alignment, divided by the reference's length."""
    import tmtools

    found = tmtools.tm_align(
        np.ascontiguousarray(one.coordinates, dtype=np.float64),
        np.ascontiguousarray(reference.coordinates, dtype=np.float64),
        one.sequence,
        reference.sequence,
    )
    return float(found.tm_norm_chain2)


def read_template(path: Path, chain: str | None) -> Backbone:
    """Read the C-alpha atoms of a chain of a PDB or mmCIF file.

    Raises
    ------
    DataError
        If there is no such file or chain, or the chain has too few residues.
    """
    from Bio.Data.PDBData import protein_letters_3to1_extended as letters
    from Bio.PDB import MMCIFParser, PDBParser

    parser = MMCIFParser if path.suffix in (".cif", ".mmcif") else PDBParser
    try:
        model = next(iter(parser(QUIET=True).get_structure("template", str(path))))
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise DataError(path, f"cannot be read as a structure ({error})", "PDB or mmCIF") from error
    names = [one.id for one in model]
    if not names or (chain is not None and chain not in names):
        raise DataError(path, f"has the chains {names}", f"chain {chain!r}" if chain else "a chain")
    residues = [one for one in model[chain or names[0]] if "CA" in one and not one.id[0].strip()]
    if len(residues) < FEWEST_RESIDUES:
        found = f"{len(residues)} residues with a C-alpha atom"
        raise DataError(path, found, f"at least {FEWEST_RESIDUES}")
    return Backbone(
        path.stem,
        "".join(letters.get(one.get_resname(), "X") for one in residues),
        np.array([one["CA"].coord for one in residues], dtype=np.float64),
    )


def compare(
    table: pd.DataFrame,
    options: TMScoreOptions,
    generator: np.random.Generator,
    *,
    threads: int = 1,
) -> pd.DataFrame:
    """Return TM-scores of the rows of a table of structures.

    Parameters
    ----------
    table : DataFrame
        Columns id, set, label, sequence, status and coordinates (x, y, z of each residue in turn).
    options : TMScoreOptions
    generator : Generator
        Chooses the natural predictions.
    threads : int
        Processes.

    Returns
    -------
    DataFrame
        Columns value (the highest over references), mean (over references) and nearest (name of the
        reference), as many rows as the table; null without coordinates or reference.
    """
    usable = ((table["status"] == "ok") & table["coordinates"].notna()).to_numpy()
    chains = [
        _chain(row) if good else None for row, good in zip(table.itertuples(), usable, strict=True)
    ]
    if options.template:
        template = read_template(options.template, options.chain)
        partners = [[template] if good else [] for good in usable]
    else:
        partners = _natural_partners(table, chains, options.references, generator)
    jobs = list(zip(chains, partners, strict=True))
    if threads > 1:
        with ProcessPoolExecutor(threads) as pool:
            found = list(pool.map(_compare_one, jobs, chunksize=16))
    else:
        found = list(map(_compare_one, jobs))
    columns = ["value", "mean", "nearest"]
    return pd.DataFrame(found, columns=columns, index=table.index)


def _chain(row: NamedTuple) -> Backbone | None:
    if len(row.sequence) < FEWEST_RESIDUES:
        return None
    return Backbone(row.id, row.sequence, np.asarray(row.coordinates).reshape(-1, 3))


def _natural_partners(
    table: pd.DataFrame,
    chains: Sequence[Backbone | None],
    count: int,
    generator: np.random.Generator,
) -> list[list[Backbone]]:
    """References of each row: natural, same label, another sequence; the same ones where possible.

    One more than `count` is kept in reserve for the natural rows that are references themselves.
    """
    labels = table["label"].fillna("").to_numpy()
    natural = (table["set"] == "natural").to_numpy()
    reserve = {}
    for label in pd.unique(labels):
        rows = np.flatnonzero(natural & (labels == label))
        reserve[label] = [chains[row] for row in generator.permutation(rows) if chains[row]]
    return [
        [one for one in reserve[label] if not own or one.sequence != chain.sequence][:count]
        if chain
        else []
        for chain, label, own in zip(chains, labels, natural, strict=True)
    ]


def _compare_one(job: tuple[Backbone | None, list[Backbone]]) -> tuple[float, float, str | None]:
    chain, references = job
    if chain is None or not references:
        return np.nan, np.nan, None
    scores = [tm_score(chain, reference) for reference in references]
    return max(scores), float(np.mean(scores)), references[int(np.argmax(scores))].name
