"""Every unit type against enumeration, quadrature and automatic differentiation."""

from __future__ import annotations

import math

import pytest
import torch

from ebmflow.errors import NotEnumerable
from ebmflow.registry import component, names
from ebmflow.training.families.base import make_layer

KINDS = names("layer")
DISCRETE = [kind for kind in KINDS if kind != "gaussian"]
SITES, STATES = 3, 4


def layer_with_field(kind: str, seed: int = 1):
    layer = make_layer(kind, SITES, STATES if kind == "potts" else 2)
    layer.field = torch.randn(layer.size, generator=torch.Generator().manual_seed(seed))
    return layer


def random_inputs(layer, batch=(5,), seed=2, scale=1.5):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn((*batch, layer.size), generator=generator)


def test_the_registry_finds_the_four_unit_types():
    assert KINDS == ["bernoulli", "gaussian", "potts", "spin"]
    assert component("layer", "potts").kind == "potts"


@pytest.mark.parametrize("beta", [1.0, 0.3])
@pytest.mark.parametrize("kind", KINDS)
def test_mean_and_variance_are_derivatives_of_the_log_normaliser(kind, beta):
    layer = layer_with_field(kind)
    inputs = random_inputs(layer, scale=0.7).double().requires_grad_()
    layer.field = layer.field.double()
    (gradient,) = torch.autograd.grad(
        layer.log_normaliser(inputs, beta).sum(), inputs, create_graph=True
    )
    torch.testing.assert_close(gradient, beta * layer.mean(inputs, beta))
    for entry in range(layer.size):
        (row,) = torch.autograd.grad(gradient[:, entry].sum(), inputs, retain_graph=True)
        torch.testing.assert_close(row[:, entry], beta**2 * layer.variance(inputs, beta)[:, entry])


@pytest.mark.parametrize("beta", [1.0, 0.5, 2.0])
@pytest.mark.parametrize("kind", DISCRETE)
def test_log_normaliser_equals_enumeration(kind, beta):
    layer = layer_with_field(kind)
    inputs = random_inputs(layer)
    codes = layer.all_configurations()
    exponents = inputs @ layer.expand(codes).T - layer.energy(codes)
    torch.testing.assert_close(
        torch.logsumexp(beta * exponents, -1), layer.log_normaliser(inputs, beta)
    )


@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_gaussian_log_normaliser_equals_quadrature(beta):
    layer = make_layer("gaussian", 1, 0)
    layer.field = torch.tensor([0.4])
    grid = torch.linspace(-15, 15, 20001, dtype=torch.float64).unsqueeze(-1)
    inputs = torch.tensor([[0.8]])
    layer.field = layer.field.double()
    integrand = torch.exp(beta * (grid @ inputs.double().T - layer.energy(grid).unsqueeze(-1)))
    expected = torch.trapezoid(integrand.squeeze(), grid.squeeze()).log()
    torch.testing.assert_close(layer.log_normaliser(inputs.double(), beta)[0], expected)


@pytest.mark.parametrize("beta", [1.0, 0.5])
@pytest.mark.parametrize("kind", KINDS)
def test_sample_moments_match_mean_and_variance(kind, beta):
    layer = layer_with_field(kind)
    number = 20000
    inputs = random_inputs(layer, (1,)).expand(number, -1)
    drawn = layer.expand(layer.sample(inputs, torch.Generator().manual_seed(3), beta))
    error = (layer.variance(inputs[:1], beta)[0] / number).sqrt()
    assert ((drawn.mean(0) - layer.mean(inputs[:1], beta)[0]).abs() < 5 * error + 1e-6).all()
    # Standard error of a variance is at most sqrt(kurtosis / number) * variance; 5 of them, and
    # the kurtosis of rare two-state entries is 1 / variance.
    variance = layer.variance(inputs[:1], beta)[0]
    spread = (torch.clamp(1 / variance, min=3.0) / number).sqrt() * variance
    assert ((drawn.var(0) - variance).abs() < 5 * spread + 1e-6).all()


@pytest.mark.parametrize("kind", DISCRETE)
def test_draws_follow_the_exact_law_of_a_site(kind):
    layer = layer_with_field(kind)
    number = 40000
    inputs = random_inputs(layer, (1,)).expand(number, -1)
    codes = layer.sample(inputs, torch.Generator().manual_seed(4))
    every = layer.all_configurations()
    exact = torch.softmax(
        every.new_zeros(0).float().sum()
        + (inputs[:1] @ layer.expand(every).T - layer.energy(every))[0],
        0,
    )
    powers = torch.tensor([layer.states**site for site in range(layer.sites)])
    counts = torch.bincount((codes.long() * powers).sum(-1), minlength=len(every)).float()
    expected = exact * number
    chi_squared = ((counts - expected).square() / expected.clamp(min=1e-9))[expected > 1].sum()
    degrees = int((expected > 1).sum())
    assert chi_squared < degrees + 5 * math.sqrt(2 * degrees)


@pytest.mark.parametrize("kind", KINDS)
def test_mode_minimises_the_energy_in_the_inputs(kind):
    layer = layer_with_field(kind)
    inputs = random_inputs(layer)
    mode = layer.mode(inputs)
    best = (inputs * layer.expand(mode)).sum(-1) - layer.energy(mode)
    generator = torch.Generator().manual_seed(5)
    for _ in range(50):
        other = layer.uniform(inputs.shape[0], generator)
        value = (inputs * layer.expand(other)).sum(-1) - layer.energy(other)
        assert (value <= best + 1e-5).all()


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
@pytest.mark.parametrize("kind", KINDS)
def test_leading_batch_dimensions_are_free(kind, batch):
    layer = layer_with_field(kind)
    inputs = random_inputs(layer, batch)
    codes = layer.sample(inputs, torch.Generator().manual_seed(6))
    weight = torch.randn((layer.size, 5), generator=torch.Generator().manual_seed(7))
    assert codes.shape == (*batch, layer.sites)
    assert codes.dtype == layer.code_dtype
    assert layer.expand(codes).shape == (*batch, layer.size)
    assert layer.mean(inputs).shape == layer.variance(inputs).shape == (*batch, layer.size)
    assert layer.log_normaliser(inputs).shape == batch
    assert layer.mode(inputs).shape == (*batch, layer.sites)
    torch.testing.assert_close(layer.through(codes, weight), layer.expand(codes) @ weight)


@pytest.mark.parametrize("kind", KINDS)
def test_products_with_codes_equal_products_with_entries(kind):
    layer = layer_with_field(kind)
    generator = torch.Generator().manual_seed(8)
    codes = layer.sample(random_inputs(layer, (7,)), generator)
    other = torch.randn((7, 5), generator=generator)
    entries = layer.expand(codes)
    torch.testing.assert_close(layer.outer(codes, other), entries.T @ other)
    torch.testing.assert_close(layer.total(codes, other[:, 0]), other[:, 0] @ entries)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_from_means_reproduce_the_means(kind):
    layer = layer_with_field(kind)
    mean = layer.mean(torch.zeros(layer.size))
    layer.field = layer.field_from_mean(mean, 1e-7)
    torch.testing.assert_close(layer.mean(torch.zeros(layer.size)), mean)


@pytest.mark.parametrize("kind", DISCRETE)
def test_fields_from_certain_means_stay_finite(kind):
    layer = layer_with_field(kind)
    certain = layer.expand(layer.mode(torch.zeros(layer.size)))
    assert layer.field_from_mean(certain, 1e-7).isfinite().all()


@pytest.mark.parametrize("kind", DISCRETE)
def test_random_start_is_uniform(kind):
    layer = layer_with_field(kind)
    number = 20000
    codes = layer.uniform(number, torch.Generator().manual_seed(9))
    for site in range(layer.sites):
        share = torch.bincount(codes[:, site].long(), minlength=layer.states) / number
        assert ((share - 1 / layer.states).abs() < 5 * math.sqrt(0.25 / number)).all()


@pytest.mark.parametrize("kind", ["bernoulli", "spin", "potts"])
def test_large_inputs_neither_overflow_nor_lose_certainty(kind):
    layer = layer_with_field(kind)
    inputs = 1e4 * torch.ones(1, layer.size)
    assert layer.log_normaliser(inputs).isfinite().all()
    assert layer.mean(inputs).isfinite().all()
    assert layer.sample(inputs, torch.Generator().manual_seed(10)).max() < layer.states


def test_gaussian_units_refuse_enumeration():
    with pytest.raises(NotEnumerable):
        make_layer("gaussian", 2, 0).all_configurations()
