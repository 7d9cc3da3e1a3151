"""Singular values of a data matrix, raw and centred from one reduction.

The Gram matrix of the smaller side (rows or entries) is reduced to tridiagonal form T with a first
basis vector u chosen such that centring touches one corner of T only:

- rows, G = X X^T and u = 1/sqrt(n): the centred matrix is G with the direction u removed, that is
  T without its first row and column;
- entries, C = X^T X and u along the mean m: the centred matrix is C - n m m^T, that is T with
  n |m|^2 subtracted from its first element.

The reduction costs 4/3 n^3 operations, the eigenvalues of T only n^2, so that two conventions cost
as much as one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ebmflow.evaluation.distances import map_blocks
from ebmflow.evaluation.rows import RowSet


class Spectrum(NamedTuple):
    """Singular values, descending, min(rows, width) of each.

    Attributes
    ----------
    raw, centred : ndarray
        Of the matrix X, and of X minus its column means.
    """

    raw: np.ndarray
    centred: np.ndarray


def singular_values(rows: RowSet, *, signed: bool = False, threads: int = 1) -> Spectrum:
    """Return the singular values of the visible vectors of at least one row.

    Parameters
    ----------
    signed : bool
        Map entries to [-1, 1] first.

    Notes
    -----
    Values far below the largest one carry an absolute error of about 1e-8 times the largest, as
    with any method that forms a Gram matrix; squared differences of spectra do not see it.
    """
    scale, offset = (rows.encoding.scale, rows.encoding.offset) if signed else (1.0, 0.0)
    name = f"singular values, signed={signed}"
    side = _by_rows if len(rows) <= rows.encoding.width else _by_entries
    return rows.remember(name, lambda: side(rows, scale, offset, threads))


def _by_rows(rows: RowSet, scale: float, offset: float, threads: int) -> Spectrum:
    encoding, packed, n = rows.encoding, rows.packed, len(rows)
    sums = encoding.project(rows.codes, np.ones(encoding.width))
    blocks = map_blocks(lambda block: encoding.inner(packed[block], packed), n, threads)
    gram = np.concatenate(list(blocks))
    if (scale, offset) != (1.0, 0.0):
        cross = scale * offset * (sums[:, None] + sums)
        gram = scale**2 * gram + cross + encoding.width * offset**2
    diagonal, beside = tridiagonal(gram, np.full(n, n**-0.5))
    raw = _roots(diagonal, beside)
    centred = np.append(_roots(diagonal[1:], beside[1:]), 0.0)
    return Spectrum(raw, centred)


def _by_entries(rows: RowSet, scale: float, offset: float, threads: int) -> Spectrum:
    encoding, n = rows.encoding, len(rows)

    def work(block: slice) -> tuple[np.ndarray, np.ndarray]:
        x = encoding.expand(rows.codes[block])
        x = x if (scale, offset) == (1.0, 0.0) else x * scale + offset
        # float32 products of whole numbers are exact up to 2^24, far above a block's rows
        return (x.T @ x).astype(float), x.sum(axis=0, dtype=float)

    parts = map_blocks(work, n, threads, block=2048)
    gram, total = next(parts)
    for more_gram, more_total in parts:
        gram += more_gram
        total += more_total
    length = float(np.linalg.norm(total))
    if length == 0:
        values = _roots(*tridiagonal(gram, np.eye(1, len(gram))[0]))
        return Spectrum(values, values)
    diagonal, beside = tridiagonal(gram, total / length)
    corner = diagonal.copy()
    corner[0] -= length**2 / n
    return Spectrum(_roots(diagonal, beside), _roots(corner, beside))


def tridiagonal(matrix: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a symmetric matrix to tridiagonal form in a basis that starts with a unit vector.

    Parameters
    ----------
    matrix : ndarray (n, n)
        Overwritten.
    first : ndarray (n,)

    Returns
    -------
    diagonal : ndarray (n,)
    beside : ndarray (n - 1,)
    """
    from scipy.linalg import lapack

    n = len(matrix)
    # Reflect `first` onto the first axis; LAPACK's reduction of the lower triangle leaves it there.
    mirror = first.copy()
    mirror[0] += np.copysign(1.0, first[0])
    mirror /= np.linalg.norm(mirror)
    image = matrix @ mirror
    image -= (mirror @ image) * mirror
    matrix -= 2 * np.outer(mirror, image)
    matrix -= 2 * np.outer(image, mirror)
    if n < 3:
        return np.diagonal(matrix).copy(), np.diagonal(matrix, -1).copy()
    size = int(lapack.dsytrd_lwork(n, lower=1)[0])
    _, diagonal, beside, _, status = lapack.dsytrd(matrix.T, lower=1, lwork=size, overwrite_a=1)
    if status != 0:
        raise ArithmeticError(f"LAPACK dsytrd returned {status}")
    return diagonal, beside


def _roots(diagonal: np.ndarray, beside: np.ndarray) -> np.ndarray:
    from scipy.linalg import eigvalsh_tridiagonal

    if len(diagonal) == 0:
        return np.zeros(0)
    values = eigvalsh_tridiagonal(diagonal, beside, lapack_driver="sterf")
    return np.sqrt(np.maximum(values[::-1], 0.0))
