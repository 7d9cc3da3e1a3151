"""Distance between two covariance matrices without building either.

For rows x_i with weights p_i (sum one) and mean m, C = f sum_i p_i (x_i - m)(x_i - m)^T with
f = 1 / (1 - sum p_i^2), which is n / (n - 1) for equal weights. The Frobenius product of two such
matrices is a sum over pairs of rows,

    <C_A, C_B> = f_A f_B sum_ij p_i r_j k_ij^2,   k_ij = (x_i - m_A).(y_j - m_B),

so that 5,000 rows of 430 x 21 need row products (counts of equal sites) instead of two matrices of
9,030 x 9,030. When there are more rows than entries, the matrices themselves are the cheaper way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebmflow.evaluation.distances import map_blocks
from ebmflow.evaluation.rows import RowSet


@dataclass(frozen=True)
class CovarianceProducts:
    """Frobenius products of two covariance matrices, all entries and the excluded ones.

    Attributes
    ----------
    aa, bb, ab : float
        <C_A, C_A>, <C_B, C_B> and <C_A, C_B> over all entries.
    own_aa, own_bb, own_ab : float
        The same sums over pairs of entries that belong to one site.
    sum_a, sum_b, own_sum_a, own_sum_b : float
        Sums of the entries themselves.
    diagonal : float
        Squared distance of the diagonals, that is of the variances.
    entries, own_entries : int
        Number of entries, and of those within a site.
    """

    aa: float
    bb: float
    ab: float
    own_aa: float
    own_bb: float
    own_ab: float
    sum_a: float
    sum_b: float
    own_sum_a: float
    own_sum_b: float
    diagonal: float
    entries: int
    own_entries: int

    def squared_distance(self) -> float:
        """||C_A - C_B||^2 over all entries."""
        return max(self.aa + self.bb - 2 * self.ab, 0.0)

    def squared_distance_of_pairs(self) -> float:
        """||C_A - C_B||^2 over entries i != j."""
        return max(self.squared_distance() - self.diagonal, 0.0)


@dataclass(frozen=True)
class _Weighted:
    rows: RowSet
    p: np.ndarray
    mean: np.ndarray
    factor: float


def _weigh(rows: RowSet, weighted: bool) -> _Weighted:
    def compute() -> _Weighted:
        weights = rows.weights if weighted else np.ones(len(rows))
        p = weights / weights.sum()
        mean = rows.encoding.mean(rows.codes, p)
        return _Weighted(rows, p, mean, 1.0 / (1.0 - np.sum(p**2)))

    return rows.remember(f"mean, weighted={weighted}", compute)


def weighted_mean(rows: RowSet, weighted: bool) -> np.ndarray:
    """Return the mean visible vector, float64 (width,)."""
    return _weigh(rows, weighted).mean


def _own_blocks(a: _Weighted) -> np.ndarray:
    """Covariances within sites, (sites, g, g) with g entries per site."""
    encoding = a.rows.encoding
    if encoding.entry_group > 1:
        m = a.mean.reshape(encoding.sites, encoding.entry_group)
        blocks = -m[:, :, None] * m[:, None, :]
        blocks += np.eye(encoding.entry_group) * m[:, :, None]
        return a.factor * blocks
    second = np.zeros(encoding.width)
    for start in range(0, len(a.rows), 1024):
        x = encoding.expand(a.rows.codes[start : start + 1024]).astype(float)
        second += a.p[start : start + 1024] @ (x - a.mean) ** 2
    return a.factor * second[:, None, None]


def _diagonal(blocks: np.ndarray) -> np.ndarray:
    return np.diagonal(blocks, axis1=1, axis2=2)


def _entry_sum(a: _Weighted) -> float:
    """Sum of all entries of C: the variance of the sum of x."""
    sums = a.rows.encoding.project(a.rows.codes, np.ones(a.rows.encoding.width))
    return a.factor * float(a.p @ (sums - a.p @ sums) ** 2)


def _product_by_rows(a: _Weighted, b: _Weighted, threads: int) -> float:
    encoding, left, right = a.rows.encoding, a.rows.packed, b.rows.packed
    # (x - m_A).(y - m_B) = x.y - x.m_B - y.m_A + m_A.m_B
    left_mean = encoding.project(a.rows.codes, b.mean) - a.mean @ b.mean
    right_mean = encoding.project(b.rows.codes, a.mean)

    def work(block: slice) -> float:
        k = encoding.inner(left[block], right) - left_mean[block, None] - right_mean
        return float(a.p[block] @ (k**2 @ b.p))

    return a.factor * b.factor * sum(map_blocks(work, len(left), threads))


def _matrix(a: _Weighted) -> np.ndarray:
    encoding = a.rows.encoding
    matrix = np.zeros((encoding.width, encoding.width))
    for start in range(0, len(a.rows), 2048):
        part = slice(start, start + 2048)
        x = encoding.expand(a.rows.codes[part]) - a.mean
        matrix += (x * a.p[part, None]).T @ x
    return a.factor * matrix


def covariance_products(
    first: RowSet, second: RowSet, *, weighted: bool, threads: int
) -> CovarianceProducts:
    """Return the products of the covariance matrices of two row sets of at least two rows.

    Parameters
    ----------
    weighted : bool
        Weigh the rows of `first` by their weights; `second` always has equal weights.
    """
    a, b = _weigh(first, weighted), _weigh(second, False)
    if first.encoding.width <= max(len(first), len(second)):
        ca = first.remember(f"covariance, weighted={weighted}", lambda: _matrix(a))
        cb = second.remember("covariance, weighted=False", lambda: _matrix(b))
        aa, bb, ab = (float(np.vdot(x, y)) for x, y in ((ca, ca), (cb, cb), (ca, cb)))
    else:
        name = f"covariance norm, weighted={weighted}"
        aa = first.remember(name, lambda: _product_by_rows(a, a, threads))
        bb = second.remember(
            "covariance norm, weighted=False", lambda: _product_by_rows(b, b, threads)
        )
        ab = _product_by_rows(a, b, threads)
    own_a, own_b = _own_blocks(a), _own_blocks(b)
    encoding = first.encoding
    return CovarianceProducts(
        aa=aa, bb=bb, ab=ab,
        own_aa=float(np.vdot(own_a, own_a)),
        own_bb=float(np.vdot(own_b, own_b)),
        own_ab=float(np.vdot(own_a, own_b)),
        sum_a=_entry_sum(a), sum_b=_entry_sum(b),
        own_sum_a=float(own_a.sum()), own_sum_b=float(own_b.sum()),
        diagonal=float(np.sum((_diagonal(own_a) - _diagonal(own_b)) ** 2)),
        entries=encoding.width**2,
        own_entries=encoding.sites * encoding.entry_group**2,
    )  # fmt: skip
