"""Sequence weights: 1 / number of rows that are similar, and class balance.

The gap counts as a symbol like any other (as in adabmDCA); a row is its own neighbour.
Source: Fernandez-de-Cossio-Diaz 2023, section on data; Morcos et al. 2011.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field, model_validator

from ebmflow.options import Options


class WeightOptions(Options):
    """How much each row counts."""

    identity_threshold: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Rows with at least this fraction of equal sites are neighbours, and a row "
        "weighs 1 / neighbours; null: every row weighs 1.",
    )
    strict: bool = Field(
        False,
        description="Whether neighbours must be above the threshold: with 0.8, a Hamming distance "
        "below 20 % of the sites instead of at most 20 %.",
    )
    clusters_above: int | None = Field(
        None,
        ge=1,
        description="With more rows than this, neighbours of a row are the rows of its cluster by "
        "MMseqs2 (`mmseqs` on PATH, proteins only), an approximation; null: counted exactly.",
    )
    balance_classes: bool = Field(
        False, description="Whether weights are scaled so that all classes have the same total."
    )

    @model_validator(mode="after")
    def _clusters_have_a_threshold(self) -> WeightOptions:
        if self.clusters_above is not None and self.identity_threshold is None:
            raise ValueError("identity_threshold beside clusters_above")
        return self


def balance_classes(weights: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return weights scaled within each class so that all classes have the same total.

    The total weight of all labelled rows stays what it was; unlabelled rows keep their weights.

    Parameters
    ----------
    weights : ndarray of float64, shape (n,)
    labels : ndarray of int64, shape (n,)
        -1: unlabelled.
    """
    labelled = labels >= 0
    if not labelled.any():
        return weights.copy()
    classes, index = np.unique(labels[labelled], return_inverse=True)
    totals = np.bincount(index, weights=weights[labelled])
    balanced = weights.copy()
    balanced[labelled] *= (totals.sum() / len(classes) / totals)[index]
    return balanced
