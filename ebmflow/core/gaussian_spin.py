r"""The Gaussian-spin RBM, whose likelihood costs of constraints are known in closed form.

E(v, h) = sum_i v_i^2 / (2 sigma_i^2) - g.v + sum_mu h_mu^2 / 2 - v.W h - (v.w*) u,   u = h_1 = +-1.
Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Eqs 31-34.

Convention. The paper leaves some of it open (DR-A11); here it is:

* The likelihood is that of (v, u) with u the label of the row, the classes having equal weight, and
  v counts from the mean of the data. Then g = 0 and the term ln cosh(g.q) of Eq. 32 vanishes:
  Eq. 31 has no field on the hidden units, so it could not follow another mean.
* q = (<v>_{u=+1} - <v>_{u=-1}) / 2 is Eq. 7 for u = +-1, and C - q q^T is the covariance within
  the classes, averaged over them.
* D in C~ = D (C - q q^T) D is diag(1 / sigma_i). With the printed 1 / sigma_i^2 the scaled weights
  w~ = sigma_i w_i would not be eigenvectors: the stationarity condition is
  [C~ - (1 - W~ W~^T)^{-1}] W~ = 0.
* q.w = 0 reads (D q).w~ = 0 for scaled weights: P of Eq. 33 projects along D q, not q.
* The "irrelevant additive terms" of Eq. 32 are kept. They contain -tr(C~) / 2, which differs for
  the fully constrained machine: there C takes the place of C - q q^T. Projected off D q both have
  the same eigenvalues, so that the trace, larger by |D q|^2, is all that erasure costs beyond
  disentangling.

All numbers are float64 and in nats per configuration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ebmflow.errors import DataError


class ClassMoments(NamedTuple):
    """What the machine sees of two-class data, classes balanced.

    Attributes
    ----------
    mean : Tensor, shape (N,)
        Midpoint of the class means; configurations count from here.
    separation : Tensor, shape (N,)
        q, half the difference of the class means.
    within : Tensor, shape (N, N)
        C - q q^T, covariance within the classes, averaged over them.
    """

    mean: Tensor
    separation: Tensor
    within: Tensor

    @property
    def total(self) -> Tensor:
        """C, covariance of all configurations, (N, N)."""
        return self.within + torch.outer(self.separation, self.separation)


class Fit(NamedTuple):
    """A machine of maximal likelihood.

    Attributes
    ----------
    eigenvalues : Tensor, shape (K,)
        Selected eigenvalues, all above 1, decreasing; K <= number of Gaussian hidden units.
    weights : Tensor, shape (N, K)
        W, weights of the Gaussian hidden units; further units have weight zero.
    spin_weights : Tensor, shape (N,)
        w*, weights of the spin unit.
    log_likelihood : float
        Mean ln p(v, u) over the data, in nats.
    """

    eigenvalues: Tensor
    weights: Tensor
    spin_weights: Tensor
    log_likelihood: float


def class_moments(values: Tensor, labels: Tensor, weights: Tensor | None = None) -> ClassMoments:
    """Moments of two-class data, each class given half of the weight.

    Parameters
    ----------
    values : Tensor, shape (B, N)
    labels : Tensor, shape (B,)
        Two values; the larger one is u = +1.
    weights : Tensor, shape (B,), optional
        Weights of the rows; equal by default.
    """
    classes = torch.unique(labels)
    if len(classes) != 2:
        raise DataError("labels", f"{len(classes)} classes", "two classes")
    weights = torch.ones(len(values)) if weights is None else weights
    means, covariances = [], []
    for label in classes:
        rows, share = values[labels == label].double(), weights[labels == label].double()
        share = share / share.sum()
        means.append(share @ rows)
        centred = rows - means[-1]
        covariances.append((share.unsqueeze(-1) * centred).T @ centred)
    return ClassMoments(
        mean=(means[0] + means[1]) / 2,
        separation=(means[1] - means[0]) / 2,
        within=(covariances[0] + covariances[1]) / 2,
    )


def fit_unconstrained(moments: ClassMoments, sigma: Tensor, units: int) -> Fit:
    """Fit all weights freely: the top eigenvectors of C~, and w* = Sigma^{-1} q."""
    return _fit(moments.within, moments.separation, sigma, units, forbidden=None)


def fit_released(moments: ClassMoments, sigma: Tensor, units: int) -> Fit:
    """Fit with the Gaussian units' weights orthogonal to q and the spin unit's free."""
    return _fit(moments.within, moments.separation, sigma, units, forbidden=moments.separation)


def fit_constrained(moments: ClassMoments, sigma: Tensor, units: int) -> Fit:
    """Fit with all weights orthogonal to q and w* = 0, as the paper does.

    The spin unit sees no class then: configurations have one Gaussian mode of covariance C.
    """
    nothing = torch.zeros_like(moments.separation)
    return _fit(moments.total, nothing, sigma, units, forbidden=moments.separation)


def log_likelihoods(
    moments: ClassMoments, sigma: Tensor, counts: Sequence[int]
) -> dict[str, list[float]]:
    """Mean ln p(v, u) of the three fits with each number of units, in nats.

    The likelihood asks for eigenvalues alone, and for the same ones at every number of units: two
    decompositions instead of one a fit. Projected off D q, C and C - q q^T are equal.

    Returns
    -------
    dict
        ``unconstrained``, ``constrained``, ``released`` -> one number a count.
    """
    sigma = sigma.double()
    free = eigenvalues(scaled_covariance(moments.within, sigma))
    projected = eigenvalues(scaled_covariance(moments.within, sigma, moments.separation))
    found = {}
    for name, values, covariance in (
        ("unconstrained", free, moments.within),
        ("constrained", projected, moments.total),
        ("released", projected, moments.within),
    ):
        above = values[values > 1]
        gains = torch.cat([torch.zeros(1), 0.5 * (above - 1 - above.log()).cumsum(0)])
        alone = _additive_terms(covariance, sigma)
        found[name] = [gains[min(count, len(above))].item() + alone for count in counts]
    return found


def scaled_covariance(covariance: Tensor, sigma: Tensor, forbidden: Tensor | None = None) -> Tensor:
    """C~ = D C D with D = diag(1 / sigma), projected off D forbidden (Eq. 33)."""
    scaled = covariance.double() / torch.outer(sigma, sigma).double()
    if forbidden is None:
        return scaled
    direction = forbidden.double() / sigma
    direction = direction / direction.norm()
    # (1 - d d^T) C~ (1 - d d^T) without products of matrices.
    along = scaled @ direction
    crossed = torch.outer(direction, along - (direction @ along) / 2 * direction)
    return scaled - crossed - crossed.T


def eigenvalues(scaled: Tensor) -> Tensor:
    """Eigenvalues of a symmetric matrix in decreasing order, (N,)."""
    return torch.linalg.eigvalsh(scaled).flip(0)


def _fit(
    covariance: Tensor, separation: Tensor, sigma: Tensor, units: int, forbidden: Tensor | None
) -> Fit:
    """Eqs 31-33 for class covariance C - q q^T = `covariance` and q = `separation`."""
    sigma = sigma.double()
    values, vectors = torch.linalg.eigh(scaled_covariance(covariance, sigma, forbidden))
    values, vectors = values.flip(0), vectors.flip(1)
    chosen = min(int((values > 1).sum()), units)
    values, vectors = values[:chosen], vectors[:, :chosen]
    # lambda = 1 / (1 - |w~|^2), condition (1).
    weights = vectors * (1 - 1 / values).sqrt() / sigma.unsqueeze(-1)
    precision = torch.diag(sigma**-2) - weights @ weights.T
    gain = 0.5 * (values - 1 - values.log()).sum().item()
    return Fit(
        eigenvalues=values,
        weights=weights,
        spin_weights=precision @ separation.double(),
        log_likelihood=gain + _additive_terms(covariance, sigma),
    )


def _additive_terms(covariance: Tensor, sigma: Tensor) -> float:
    """Log-likelihood of independent sites: what Eq. 32 leaves out."""
    trace = (covariance.diagonal().double() / sigma**2).sum().item()
    sites = 0.5 * len(sigma) * math.log(2 * math.pi) + sigma.log().sum().item()
    return -0.5 * trace - sites - math.log(2)


def log_likelihood(
    moments: ClassMoments, sigma: Tensor, weights: Tensor, spin_weights: Tensor, field: Tensor
) -> Tensor:
    """Mean ln p(v, u) of the data under any machine of Eq. 31, in nats, ().

    Written from the definition and differentiable: the check on the closed forms.

    Parameters
    ----------
    weights : Tensor, shape (N, K)
        W, with all eigenvalues of diag(sigma) W W^T diag(sigma) below 1.
    spin_weights, field : Tensor, shape (N,)
        w* and g; the field acts on configurations counted from ``moments.mean``.
    """
    precision = torch.diag(sigma**-2) - weights @ weights.T
    covariance = torch.linalg.inv(precision)
    # <v v^T> = C and <u v> = q for v counted from the mean; <v> = 0 and <u> = 0 drop the rest.
    energy = 0.5 * (precision * moments.total).sum() - spin_weights @ moments.separation
    gaussian = 0.5 * len(sigma) * math.log(2 * math.pi) - 0.5 * torch.logdet(precision)
    shifts = torch.stack([field + spin_weights, field - spin_weights])
    exponents = 0.5 * torch.einsum("ui,ij,uj->u", shifts, covariance, shifts)
    return -energy - gaussian - torch.logsumexp(exponents, 0)
