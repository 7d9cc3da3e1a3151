"""Lattice proteins that fold into given structures."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ebmflow.data.counts import Counts
from ebmflow.data.sources.base import Files, Records, Source
from ebmflow.options import Scaled
from ebmflow.randomness import numpy_stream
from ebmflow.registry import register

log = logging.getLogger(__name__)
CHUNK = 50  # rows between two lines of progress


@register("source", "lattice")
class LatticeProteins(Source):
    """Sequences of 27 residues; every row is the end of a Metropolis chain of its own.

    Annotations: ``fold`` (``fold_<number of the structure>``) and ``p_nat``.
    """

    folds: tuple[int, ...] = Field(
        min_length=1, description="Numbers of the target structures, 0 to 103345."
    )
    rows: Annotated[int, Scaled(least=50)] = Field(ge=1, description="Sequences for each fold.")
    seed: int = Field(
        0, description="Seed of the chains; row n never depends on how many there are."
    )
    beta: float = Field(1000.0, gt=0, description="Selection strength on ln P_nat.")
    steps: int = Field(10_000, ge=2, description="Mutations tried for each sequence.")

    @field_validator("folds")
    @classmethod
    def _folds_exist(cls, folds: tuple[int, ...]) -> tuple[int, ...]:
        for fold in folds:
            if not 0 <= fold < 103_346:
                raise ValueError(f"there is no structure {fold}; they are numbered 0 to 103345")
        if len(set(folds)) < len(folds):
            raise ValueError("a fold is listed twice")
        return folds

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        sequences, p_nat = [], []
        for fold in self.folds:
            for first in range(0, self.rows, CHUNK):
                found = self._sequences(fold, range(first, min(first + CHUNK, self.rows)))
                sequences.extend(found[0])
                p_nat.extend(found[1])
                log.info("fold %d: %d of %d sequences", fold, first + len(found[0]), self.rows)
        folds = np.repeat([f"fold_{fold}" for fold in self.folds], self.rows)
        numbers = np.tile(np.arange(1, self.rows + 1), len(self.folds))
        counts = Counts()
        counts.step("read", len(sequences), {}, sites_out=27, note="generated")
        return Records(
            names=[f"{fold}_{number}" for fold, number in zip(folds, numbers, strict=True)],
            rows=sequences,
            annotations=pd.DataFrame({"fold": folds, "p_nat": [f"{p:.6f}" for p in p_nat]}),
            counts=counts,
            origin="lattice proteins",
        )

    def _sequences(self, fold: int, rows: range) -> tuple[list[str], list[float]]:
        import numba  # compiles; a job has told it how many threads it may use

        from ebmflow.data.generators import lattice_protein as lattice

        streams = (numpy_stream(self.seed, "lattice", fold, row) for row in rows)
        chains = [lattice.draw_proposals(self.steps, stream) for stream in streams]
        ends = lattice.sample_sequences(
            fold, chains, beta=self.beta, threads=numba.get_num_threads()
        )
        return lattice.decode_residues(np.array([end[0] for end in ends])), [end[1] for end in ends]
