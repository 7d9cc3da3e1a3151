"""Annealed importance sampling against enumeration, for every pair of unit types."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.exact import log_partition
from ebmflow.sampling import partition
from ebmflow.sampling.partition import (
    log_mean,
    log_partition_by_annealing,
    log_partition_by_reverse_annealing,
)
from tests.support.machines import make_rbm

PAIRS = [(d, h) for d in ("bernoulli", "spin", "potts") for h in ("bernoulli", "spin")]


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_forward_annealing_finds_the_exact_value(data, hidden):
    model = make_rbm(data, hidden, sites=5, units=4, scale=0.8)
    estimate = log_partition_by_annealing(
        model, torch.Generator().manual_seed(0), temperatures=200, chains=1500
    )
    exact = log_partition(model)
    assert abs(estimate.value - exact) < 5 * estimate.standard_error + 1e-4
    assert estimate.log_weights.dtype == torch.float64


@pytest.mark.parametrize("data", ["bernoulli", "potts"])
def test_base_fields_change_the_path_but_not_the_value(data):
    model = make_rbm(data, sites=5, units=4, scale=0.8)
    generator = torch.Generator().manual_seed(1)
    base = {g: torch.randn(layer.size, generator=generator) for g, layer in model.visible.items()}
    estimate = log_partition_by_annealing(
        model, generator, temperatures=300, chains=1500, base_fields=base
    )
    assert abs(estimate.value - log_partition(model)) < 5 * estimate.standard_error + 1e-4


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_forward_and_reverse_means_enclose_the_exact_value(data, hidden):
    """Mean log weights (Jensen) are below and above ln Z, by much where steps are few."""
    model = make_rbm(data, hidden, sites=5, units=4, scale=1.0)
    generator = torch.Generator().manual_seed(2)
    chains = model.advance(model.random_chains(4000, generator), 300, generator)
    forward = log_partition_by_annealing(model, generator, temperatures=5, chains=4000)
    reverse = log_partition_by_reverse_annealing(model, chains.visible, generator, temperatures=5)
    exact = log_partition(model)
    base = forward.value - log_mean(forward.log_weights)[0]
    assert base + forward.log_weights.mean() < exact < base + reverse.log_weights.mean()
    assert abs(reverse.value - exact) < 5 * reverse.standard_error + 0.02


def test_blocks_of_chains_make_no_difference_in_law(monkeypatch):
    model = make_rbm("potts", sites=4, units=3, scale=0.8)
    monkeypatch.setattr(partition, "BLOCK_CHAINS", 100)
    estimate = log_partition_by_annealing(
        model, torch.Generator().manual_seed(3), temperatures=100, chains=950
    )
    assert estimate.log_weights.shape == (950,)
    assert abs(estimate.value - log_partition(model)) < 5 * estimate.standard_error + 1e-4


def test_gaussian_hidden_units_have_a_closed_form():
    """With Gaussian hidden units and spins the sum over 2^5 visible states is exact."""
    model = make_rbm("spin", "gaussian", sites=5, units=3, classes=0, scale=0.3)
    estimate = log_partition_by_annealing(
        model, torch.Generator().manual_seed(4), temperatures=200, chains=1500
    )
    assert abs(estimate.value - log_partition(model)) < 5 * estimate.standard_error + 1e-4
