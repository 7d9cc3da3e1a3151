"""Small row sets and deliberately naive formulas for the tests of metrics."""

from __future__ import annotations

import numpy as np

from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.metrics.base import MetricInputs
from ebmflow.evaluation.rows import RowSet

KINDS = ("binary", "categorical", "real")


def draw_rows(kind: str, n: int, sites: int, seed: int, states: int = 4) -> RowSet:
    """Rows of one fixed distribution per (kind, sites): samples differ by seed only.

    A mixture of two sets of independent sites, so that sites are correlated.
    """
    rng, shape = np.random.default_rng(seed), np.random.default_rng(99)
    part = rng.integers(0, 2, n)
    if kind == "real":
        centres = 2 * shape.normal(size=(2, sites))
        codes = np.tanh(rng.normal(size=(n, sites)) + centres[part]).astype(np.float32)
        return RowSet.plain(codes, make_encoding(kind, sites, 0))
    states = 2 if kind == "binary" else states
    steps = np.cumsum(shape.dirichlet(np.full(states, 0.5), size=(2, sites)), axis=2)[..., :-1]
    codes = (rng.random((n, sites, 1)) > steps[part]).sum(axis=2).astype(np.uint8)
    return RowSet.plain(codes, make_encoding(kind, sites, states))


def rows_of(codes: object, states: int = 2) -> RowSet:
    """Row set of a nested list of codes."""
    codes = np.array(codes, dtype=np.uint8)
    kind = "binary" if states == 2 else "categorical"
    return RowSet.plain(codes, make_encoding(kind, codes.shape[1], states))


def inputs_of(data: RowSet, generated: RowSet, train: RowSet | None = None, **more) -> MetricInputs:
    """Inputs with the data as training rows unless others are given."""
    return MetricInputs(data, generated, data if train is None else train, **more)


def scores_of(metric, inputs: MetricInputs, seed: int = 0) -> dict[tuple[str, str], object]:
    """Scores of a metric by (statistic, convention)."""
    found = metric(inputs, np.random.default_rng(seed))
    return {(score.statistic, score.convention): score for score in found}


def visible_vectors(rows: RowSet) -> np.ndarray:
    """Visible vectors (n, N) in the slowest way."""
    if rows.encoding.entry_group == 1:
        return rows.codes.astype(float)
    n, states = len(rows), rows.encoding.states
    return np.eye(states)[rows.codes].reshape(n, -1)
