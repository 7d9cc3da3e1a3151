"""A stand-in for tests: instant, deterministic and without meaning; its rows say `stub`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.evaluation.structure.fake import hashed_stream
from ebmflow.registry import register

WIDTH = 4


@register("language_model", "fake")
class FakeLanguageModel(Predictor):
    """Numbers that look like log-likelihoods, from a hash of the sequence.

    For tests only; all rows have status `stub`.
    """

    score_name = "pseudo_log_likelihood"
    letters = "ACDEFGHIKLMNPQRSTVWYX"

    def fingerprint(self) -> str:
        return "fake"

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        return [self._predict(request.sequence) for request in requests]

    def _predict(self, sequence: str) -> Prediction:
        generator = hashed_stream(sequence)
        scores = -generator.exponential(size=len(sequence)).astype(np.float32)
        point = generator.normal(size=WIDTH).astype(np.float32)
        details = {"one_pass_log_likelihood": float(scores.mean()) / 2}
        return Prediction("stub", float(scores.mean()), scores, details, embedding=point)
