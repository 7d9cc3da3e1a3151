"""A stand-in for tests: instant, deterministic and without meaning; its rows say `stub`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.registry import register


@register("predictor", "fake")
class FakePredictor(Predictor):
    """Numbers that look like pLDDT, drawn from a hash of the sequence."""

    score_name = "plddt"
    letters = "ACDEFGHIKLMNPQRSTVWYX"

    def fingerprint(self) -> str:
        return "fake"

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        return [self._predict(request.sequence) for request in requests]

    def _predict(self, sequence: str) -> Prediction:
        digest = hashlib.sha256(sequence.encode()).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        scores = generator.uniform(0, 100, len(sequence)).astype(np.float32)
        details = {"ptm": float(generator.random())}
        return Prediction("stub", float(scores.mean()), scores, details)
