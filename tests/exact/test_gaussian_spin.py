"""The Gaussian-spin RBM: closed forms against numerical maximisation of the likelihood."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ebmflow.core import gaussian_spin as gs
from ebmflow.errors import DataError

SITES, UNITS = 6, 2
FITS = {
    "unconstrained": gs.fit_unconstrained,
    "released": gs.fit_released,
    "constrained": gs.fit_constrained,
}


@pytest.fixture(scope="module")
def data():
    """Two correlated classes of unequal size, variances far from one another."""
    generator = torch.Generator().manual_seed(5)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    mixing = normal(SITES, SITES) * torch.tensor([0.4, 0.7, 1.0, 1.5, 2.0, 3.0]).double()
    labels = torch.arange(600) % 3 == 0
    values = (
        normal(600, SITES) @ mixing + 5 + 0.6 * normal(SITES) * (2.0 * labels.unsqueeze(-1) - 1)
    )
    return values, labels


@pytest.fixture(scope="module")
def moments(data):
    return gs.class_moments(*data)


@pytest.fixture(scope="module")
def sigma():
    return torch.tensor([0.5, 1.4, 0.8, 1.0, 0.6, 1.2], dtype=torch.float64)


def numerical_maximum(moments: gs.ClassMoments, sigma: Tensor, constrained: tuple[bool, bool]):
    """Best log-likelihood over W, w* and g of Eq. 31 by quasi-Newton steps from random starts.

    W~ = X L^{-T} with L L^T = 1 + X^T X has singular values below 1 for every X, so that the
    machine exists all along; constraints hold by construction.
    """
    direction = moments.separation / moments.separation.norm()
    projector = torch.eye(SITES, dtype=torch.float64) - torch.outer(direction, direction)
    best = -torch.inf
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        shapes = ((SITES, UNITS), (SITES,), (SITES,))
        free = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
        free = [0.3 * x for x in free]
        for x in free:
            x.requires_grad_()

        def likelihood(free=free):
            x, spin_weights, field = free
            if constrained[0]:
                # q.w = 0 for w = X' / sigma, before the norm is limited.
                x = sigma.unsqueeze(-1) * (projector @ (x / sigma.unsqueeze(-1)))
            if constrained[1]:
                spin_weights = projector @ spin_weights
            factor = torch.linalg.cholesky(torch.eye(UNITS, dtype=torch.float64) + x.T @ x)
            scaled = torch.linalg.solve_triangular(factor, x.T, upper=False).T
            weights = scaled / sigma.unsqueeze(-1)
            return gs.log_likelihood(moments, sigma, weights, spin_weights, field)

        optimiser = torch.optim.LBFGS(
            free,
            max_iter=2000,
            tolerance_grad=1e-10,
            tolerance_change=1e-14,
            line_search_fn="strong_wolfe",
        )

        def closure(optimiser=optimiser, likelihood=likelihood):
            optimiser.zero_grad()
            loss = -likelihood()
            loss.backward()
            return loss

        optimiser.step(closure)
        best = max(best, likelihood().item())
    return best


@pytest.mark.parametrize(
    ("kind", "constraints"),
    [("unconstrained", (False, False)), ("released", (True, False)), ("constrained", (True, True))],
)
def test_closed_forms_are_the_maximum_of_the_likelihood(moments, sigma, kind, constraints):
    fit = FITS[kind](moments, sigma, UNITS)
    assert numerical_maximum(moments, sigma, constraints) == pytest.approx(
        fit.log_likelihood, abs=1e-6
    )
    direct = gs.log_likelihood(
        moments, sigma, fit.weights, fit.spin_weights, torch.zeros(SITES, dtype=torch.float64)
    )
    assert direct.item() == pytest.approx(fit.log_likelihood, abs=1e-9)


def test_log_likelihood_is_the_mean_over_rows(data, moments, sigma):
    """Against ln p(v, u) of every row, with Z summed over u and integrated over v by formula."""
    values, labels = data
    fit = gs.fit_unconstrained(moments, sigma, UNITS)
    precision = torch.diag(sigma**-2) - fit.weights @ fit.weights.T
    shape = torch.distributions.MultivariateNormal
    total = 0.0
    for label, sign in ((False, -1.0), (True, 1.0)):
        rows = values[labels == label] - moments.mean
        mean = torch.linalg.solve(precision, sign * fit.spin_weights)
        density = shape(mean, precision_matrix=precision).log_prob(rows).mean()
        total += 0.5 * (density.item() - math.log(2))
    assert total == pytest.approx(fit.log_likelihood, abs=1e-9)


@pytest.mark.parametrize("kind", ["released", "constrained"])
def test_constrained_weights_are_orthogonal_to_the_separation(moments, sigma, kind):
    fit = FITS[kind](moments, sigma, UNITS)
    assert (moments.separation @ fit.weights).abs().max() < 1e-12
    free = gs.fit_unconstrained(moments, sigma, UNITS)
    assert (moments.separation @ free.weights).abs().max() > 1e-2


def test_the_printed_scaling_matrix_is_not_stationary(moments, sigma):
    """DR-A11: with D = diag(1/sigma^2) the conditions of the text are not those of a maximum."""

    def slope(power):
        scale = sigma**-power
        values, vectors = torch.linalg.eigh(moments.within * torch.outer(scale, scale))
        values, vectors = values[-UNITS:], vectors[:, -UNITS:]
        weights = vectors * (1 - 1 / values).sqrt() / sigma.unsqueeze(-1)
        weights.requires_grad_()
        precision = (torch.diag(sigma**-2) - weights @ weights.T).detach()
        zero = torch.zeros(SITES, dtype=torch.float64)
        gs.log_likelihood(moments, sigma, weights, precision @ moments.separation, zero).backward()
        return weights.grad.norm().item()

    assert slope(1) < 1e-9
    assert slope(2) > 1e-2


def test_eigenvalues_interlace(moments, sigma):
    """Poincare's separation theorem, Eq. 34."""
    full = gs.eigenvalues(gs.scaled_covariance(moments.within, sigma))
    projected = gs.eigenvalues(
        gs.scaled_covariance(moments.within, sigma, forbidden=moments.separation)
    )
    assert (full - projected > -1e-12).all()
    assert (projected[:-1] - full[1:] > -1e-12).all()
    assert projected[-1].abs() < 1e-12


@pytest.mark.parametrize("units", [1, 2, 4, SITES])
def test_disentangling_costs_less_than_erasure(moments, sigma, units):
    fits = (gs.fit_constrained, gs.fit_released, gs.fit_unconstrained)
    constrained, released, free = (fit(moments, sigma, units).log_likelihood for fit in fits)
    assert constrained < released < free


def test_additive_terms_of_equation_32_carry_the_cost_of_erasure(moments, sigma):
    """Both constrained machines select the same eigenvalues; only the trace differs."""
    released = gs.fit_released(moments, sigma, UNITS)
    constrained = gs.fit_constrained(moments, sigma, UNITS)
    torch.testing.assert_close(released.eigenvalues, constrained.eigenvalues)
    gap = 0.5 * (moments.separation / sigma).square().sum().item()
    assert released.log_likelihood - constrained.log_likelihood == pytest.approx(gap, abs=1e-9)


def test_units_beyond_the_eigenvalues_above_one_stay_unused(moments):
    sigma = moments.total.diagonal().sqrt() * 1.01
    fit = gs.fit_unconstrained(moments, sigma, SITES)
    assert 0 < len(fit.eigenvalues) < SITES
    assert (fit.eigenvalues > 1).all()


def test_class_moments_balance_the_classes(data):
    values, labels = data
    moments = gs.class_moments(values, labels)
    low, high = (values[labels == x].mean(0) for x in (False, True))
    torch.testing.assert_close(moments.mean, (low + high) / 2)
    torch.testing.assert_close(moments.separation, (high - low) / 2)
    weights = torch.where(labels, 1 / labels.sum(), 1 / (~labels).sum()).double()
    centred = values - moments.mean
    total = (weights.unsqueeze(-1) / 2 * centred).T @ centred
    torch.testing.assert_close(moments.total, total)
    # Repeating a row and giving it double weight are the same.
    twice = torch.cat([torch.arange(600), torch.tensor([7])])
    double = torch.ones(600).index_fill_(0, torch.tensor([7]), 2.0)
    again = gs.class_moments(values[twice], labels[twice])
    for left, right in zip(gs.class_moments(values, labels, double), again, strict=True):
        torch.testing.assert_close(left, right)


def test_other_than_two_classes_are_refused():
    with pytest.raises(DataError, match="labels: 3 classes; expected two classes"):
        gs.class_moments(torch.zeros(3, 2), torch.tensor([0, 1, 2]))


def test_likelihoods_from_eigenvalues_are_those_of_the_fits(moments, sigma):
    counts = [0, 1, UNITS, SITES + 3]
    found = gs.log_likelihoods(moments, sigma, counts)
    assert set(found) == set(FITS)
    for name, fit in FITS.items():
        wanted = [fit(moments, sigma, count).log_likelihood for count in counts]
        assert found[name] == pytest.approx(wanted, abs=1e-10)
        assert found[name][0] < found[name][1], name
