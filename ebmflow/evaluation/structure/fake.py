"""A stand-in for tests: instant, deterministic and without meaning; its rows say `stub`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.registry import register

STEP = 3.8  # angstrom between C-alpha atoms


@register("predictor", "fake")
class FakePredictor(Predictor):
    """Numbers that look like pLDDT and a random walk as a structure, from a hash of the sequence.

    For tests only; all rows have status `stub`.
    """

    score_name = "plddt"
    letters = "ACDEFGHIKLMNPQRSTVWYX"
    gives_coordinates = True

    pdb: bool = Field(False, description="Write PDB files of C-alpha atoms.")

    def fingerprint(self) -> str:
        return "fake, all atoms" if self.pdb else "fake"

    @property
    def writes_files(self) -> bool:
        return self.pdb

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        return [self._predict(request.sequence) for request in requests]

    def _predict(self, sequence: str) -> Prediction:
        generator = hashed_stream(sequence)
        scores = generator.uniform(0, 100, len(sequence)).astype(np.float32)
        details = {"ptm": float(generator.random())}
        steps = generator.normal(size=(len(sequence), 3))
        steps *= STEP / np.linalg.norm(steps, axis=1, keepdims=True)
        places = steps.cumsum(axis=0).astype(np.float32)
        pdb = _pdb(places, scores) if self.pdb else None
        return Prediction("stub", float(scores.mean()), scores, details, pdb, places)


def hashed_stream(sequence: str) -> np.random.Generator:
    """Return a generator that depends on the sequence only."""
    digest = hashlib.sha256(sequence.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def _pdb(places: np.ndarray, scores: np.ndarray) -> str:
    lines = [
        f"ATOM  {number:5d}  CA  GLY A{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00{score:6.2f}"
        "           C"
        for number, ((x, y, z), score) in enumerate(zip(places, scores, strict=True), start=1)
    ]
    return "\n".join([*lines, "END", ""])
