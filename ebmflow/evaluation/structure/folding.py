"""What ways of running ESMFold have in common: options, batches, too long, short of memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.evaluation.structure.batching import by_length, within_memory


class FoldingModel(Predictor):
    """A network that folds padded batches; the score is the mean pLDDT over C-alpha atoms."""

    score_name = "plddt"
    gives_coordinates = True
    half_on_gpu = True  # its language model, as its authors use it
    letters = "ACDEFGHIKLMNPQRSTVWYX"

    recycles: int | None = Field(
        None, ge=0, description="Times the trunk runs again on its own output; null: the model's 3."
    )
    max_length: int = Field(1024, ge=1, description="Longer sequences get status `too_long`.")
    tokens: int = Field(
        1024, ge=1, description="Residues in a batch, padding included; a longer sequence is alone."
    )
    chunk_above: int = Field(
        700, ge=1, description="Longer sequences are computed in chunks, which takes less memory."
    )
    chunk_size: int = Field(128, ge=1, description="Rows of a chunk.")
    pdb: bool = Field(False, description="Keep the coordinates of all atoms, as PDB files.")

    @abstractmethod
    def _weights_identity(self) -> str:
        """Return a text that says which weights these are."""

    @abstractmethod
    def _packages(self) -> dict[str, str]:
        """Return the versions of the packages that fold, or ``absent``."""

    @abstractmethod
    def _load(self, device: str) -> Any:
        """Return the model, loaded once; exceptions of many kinds if that cannot be done."""

    @abstractmethod
    def _fold(self, loaded: Any, sequences: Sequence[str], chunk: int | None) -> list[Prediction]:
        """Fold a padded batch; RuntimeError or MemoryError if it does not fit into memory."""

    def fingerprint(self) -> str:
        return ", ".join(
            [
                f"ESMFold {self._weights_identity()}",
                f"recycles {self.recycles}",
                *(f"{name} {version}" for name, version in self._packages().items()),
                *(["all atoms"] if self.pdb else []),
            ]
        )

    @property
    def writes_files(self) -> bool:
        return self.pdb

    def batches(self, requests: Sequence[Request]) -> list[list[int]]:
        return by_length([len(request.sequence) for request in requests], self.tokens)

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        loaded = self._load(device)
        short = [one.sequence for one in requests if len(one.sequence) <= self.max_length]
        chunked = bool(short) and max(map(len, short)) > self.chunk_above
        results = iter(
            within_memory(
                lambda sequences, chunk: self._fold(loaded, sequences, chunk),
                short,
                self.chunk_size if chunked else None,
                lambda sequence: Prediction("oom", reason=f"{len(sequence)} residues"),
            )
            if short
            else []
        )
        return [
            next(results) if len(one.sequence) <= self.max_length else Prediction("too_long")
            for one in requests
        ]


def to_prediction(
    scores: np.ndarray, coordinates: np.ndarray, details: dict[str, float], *, trained: bool
) -> Prediction:
    """Return what a network said about a sequence, without numbers if one is not finite.

    Parameters
    ----------
    scores : ndarray, shape (L,)
        pLDDT of the C-alpha atoms, 0 to 100.
    coordinates : ndarray, shape (L, 3)
        Of the C-alpha atoms, in angstrom.
    details : dict
        ``ptm`` and ``plddt_atoms``.
    trained : bool
        Whether the weights were.
    """
    value = float(scores.mean())
    if not np.isfinite([value, *details.values(), *coordinates.ravel()]).all():
        return Prediction("failed", reason="the model gave numbers that are not finite")
    status = "ok" if trained else "untrained"
    return Prediction(status, value, scores, details, coordinates=coordinates)
