"""Lattice proteins: the exact probability that a sequence folds into the structure of its label."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ebmflow.evaluation.structure.base import Prediction, Predictor, Request
from ebmflow.registry import register

RESIDUES = 27
STRUCTURES = 103_346


@register("predictor", "lattice")
class LatticePredictor(Predictor):
    """P_nat over all 103,346 compact structures of 27 residues; labels are ``fold_<number>``.

    Details: ``best_fold``, the structure of lowest energy, and ``best_p_nat``, its probability.
    """

    score_name = "p_nat"
    letters = "ACDEFGHIKLMNPQRSTVWY"
    uses_label = True

    def fingerprint(self) -> str:
        # An exact number: it depends on the published energies and on nothing else.
        return "lattice 3x3x3, Miyazawa-Jernigan 1996"

    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        from ebmflow.data.generators import lattice_protein as lattice  # compiles

        folds = [target_structure(request.label) for request in requests]
        results = [Prediction("no_target") if fold is None else None for fold in folds]
        for row, request in enumerate(requests):
            if len(request.sequence) != RESIDUES:
                results[row] = Prediction("invalid")
        todo = [row for row, result in enumerate(results) if result is None]
        folding = lattice.folding_probabilities(
            lattice.encode_residues([requests[row].sequence for row in todo]),
            np.array([folds[row] for row in todo], dtype=np.int64),
            threads=threads,
        )
        for row, value, best, probability in zip(todo, *folding, strict=True):
            details = {"best_fold": float(best), "best_p_nat": float(probability)}
            results[row] = Prediction("ok", float(value), details=details)
        return results


def target_structure(label: str | None) -> int | None:
    """Return the structure that a label ``fold_<number>`` names, or None."""
    match = re.fullmatch(r"fold_(\d{1,6})", label or "")
    number = int(match[1]) if match else STRUCTURES
    return number if number < STRUCTURES else None
