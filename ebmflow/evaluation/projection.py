"""Principal components of weighted training data, and rows projected on them.

Rows are expanded to x (one-hot for categorical codes, as they are for binary and real ones),
centred by the weighted training mean m; the axes v_k are the leading eigenvectors of C = sum_b w_b
(x_b - m)(x_b - m)^T / sum_b w_b, and the coordinates are (x - m).v_k / sqrt(L).

The published F&F code divides by sqrt(L) too, but projects uncentred rows, fits on the first 3000
to 5000 rows, and for GH30 on the test set; here rows are centred (a shift of the origin), all
training rows count with their weights, and the test set never enters the axes.

Rows of two labels are also placed along the line between the mean rows of these (`label_line`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigsh

from ebmflow.errors import DataError
from ebmflow.evaluation.label_line import LabelLine

BLOCK_ROWS = 4096


class PrincipalAxes(NamedTuple):
    """Linear map from codes to coordinates.

    Attributes
    ----------
    kind : str
        Kind of the alphabet: binary, categorical or real.
    states : int
        q of a categorical alphabet, otherwise 0.
    mean : ndarray of float64, shape (N,)
    vectors : ndarray of float64, shape (N, K)
        Orthonormal columns; the entry of largest magnitude in each is positive.
    explained : ndarray of float64, shape (K,)
        Shares of the total variance, 0 to 1.
    """

    kind: str
    states: int
    mean: np.ndarray
    vectors: np.ndarray
    explained: np.ndarray


def expand_codes(codes: np.ndarray, kind: str, states: int) -> sparse.csr_array | np.ndarray:
    """Expand codes (n, L) to float64 rows (n, N): sparse one-hot, sparse 0/1, or dense reals."""
    if kind == "real":
        return np.asarray(codes, dtype=np.float64)
    if kind == "binary":
        return sparse.csr_array(np.asarray(codes, dtype=np.float64))
    rows, sites = codes.shape
    indices = (
        np.asarray(codes, dtype=np.int32) + states * np.arange(sites, dtype=np.int32)
    ).ravel()
    starts = np.arange(0, rows * sites + 1, sites)
    return sparse.csr_array((np.ones(rows * sites), indices, starts), (rows, sites * states))


def principal_axes(
    codes: np.ndarray, weights: np.ndarray, alphabet: dict[str, Any], *, components: int = 2
) -> PrincipalAxes:
    """Return the leading principal axes of weighted rows.

    The N x N covariance is never formed: Lanczos iterations need only products with the sparse
    rows.

    Parameters
    ----------
    codes : ndarray, shape (n, L)
        Training rows.
    weights : ndarray, shape (n,)
        Non-negative, not all zero.
    alphabet : dict
        ``kind`` and ``letters`` as in the dataset table.
    components : int
        K; fewer are returned when the rows span fewer dimensions.

    Raises
    ------
    DataError
        If fewer than two rows have weight, or all rows are equal.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if np.count_nonzero(weights) < 2:
        raise DataError("projection", "fewer than two weighted training rows", "at least two")
    weights = weights / weights.sum()
    states = len(alphabet.get("letters") or "") if alphabet["kind"] == "categorical" else 0
    rows = expand_codes(codes, alphabet["kind"], states)
    mean = rows.T @ weights
    total = float((rows.multiply(rows) if sparse.issparse(rows) else rows**2).T.dot(weights).sum())
    total -= float(mean @ mean)
    if total <= 1e-12:
        raise DataError("projection", "all training rows are equal", "rows that differ")
    values, vectors = _leading(rows, weights, mean, components)
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])
    return PrincipalAxes(alphabet["kind"], states, mean, vectors * signs, values / total)


def _leading(
    rows: Any, weights: np.ndarray, mean: np.ndarray, components: int
) -> tuple[np.ndarray, np.ndarray]:
    size = len(mean)

    def apply(vector: np.ndarray) -> np.ndarray:
        vector = vector.ravel()
        projected = weights * (rows @ vector - mean @ vector)
        return rows.T @ projected - mean * projected.sum()

    if size <= max(32, 2 * components + 1):  # too small for Lanczos: the matrix itself
        matrix = np.column_stack([apply(unit) for unit in np.eye(size)])
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    else:
        # A fixed, non-symmetric start keeps results reproducible without any random state.
        start = np.cos(np.arange(size, dtype=np.float64))
        operator = LinearOperator((size, size), matvec=apply, dtype=np.float64)
        values, vectors = eigsh(operator, k=components, v0=start)
    order = np.argsort(values)[::-1][:components]
    return np.clip(values[order], 0.0, None), vectors[:, order]


def project_codes(axes: PrincipalAxes, codes: np.ndarray) -> np.ndarray:
    """Return coordinates (x - m).v / sqrt(L) of rows, float64, shape (n, K), block by block."""
    scale = np.sqrt(codes.shape[1])
    offset = axes.mean @ axes.vectors
    blocks = [
        expand_codes(codes[start : start + BLOCK_ROWS], axes.kind, axes.states) @ axes.vectors
        for start in range(0, len(codes), BLOCK_ROWS)
    ]
    coordinates = np.concatenate(blocks) if blocks else np.empty((0, axes.vectors.shape[1]))
    return (coordinates - offset) / scale


def projection_frame(
    axes: PrincipalAxes,
    data: dict[str, np.ndarray],
    generated: dict[str, np.ndarray],
    label_names: list[str],
    line: LabelLine | None = None,
) -> pd.DataFrame:
    """Return the table of data and generated rows in principal coordinates.

    Columns: set (``data`` or ``generated``), split (None for generated), label (name or None),
    weight (1 for generated), pc_1 ... pc_K, and along_labels where `line` is given.
    """
    sites = data["codes"].shape[1]
    if generated["codes"].shape[1] != sites:
        raise DataError(
            "projection",
            f"samples have {generated['codes'].shape[1]} sites",
            f"{sites} as in the dataset",
            "sample again from a model of this dataset",
        )
    parts = []
    for name, columns in (("data", data), ("generated", generated)):
        rows = len(columns["codes"])
        part = pd.DataFrame(
            {
                "set": np.full(rows, name, dtype=object),
                "split": columns.get("split", np.full(rows, None, dtype=object)),
                "label": label_column(columns["label"], label_names),
                "weight": np.asarray(columns.get("weight", np.ones(rows)), dtype=np.float64),
            }
        )
        for index, values in enumerate(project_codes(axes, columns["codes"]).T, start=1):
            part[f"pc_{index}"] = values
        if line is not None:
            part["along_labels"] = line.places(columns["codes"])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def label_column(label: np.ndarray, label_names: list[str]) -> np.ndarray:
    """Return label names for label indices, None for -1; object array."""
    lookup = np.array([*label_names, None], dtype=object)
    return lookup[np.asarray(label, dtype=np.int64)]
