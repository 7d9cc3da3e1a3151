"""Annealed importance sampling against the naive transcription, chain by chain."""

from __future__ import annotations

import pytest
import torch
from numpy.testing import assert_allclose

from ebmflow.sampling.partition import (
    log_partition_by_annealing,
    log_partition_by_reverse_annealing,
)
from tests.reference import annealed_importance as paper
from tests.support.draws import Draws
from tests.support.machines import make_rbm

CHAINS, STEPS = 4, 5


@pytest.fixture(autouse=True)
def _double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def machine():
    return make_rbm("bernoulli", classes=0)


@pytest.fixture
def base_fields():
    return {"data": torch.tensor([0.3, -0.7, 1.1, 0.2])}


def parameters(model, base_fields):
    named = {name: tensor.numpy() for name, tensor in model.named_parameters().items()}
    fields = (named["field.data"], named["field.hidden"], named["weight.data"])
    return base_fields["data"].numpy(), *fields


def test_forward_weights(machine, base_fields):
    estimate = log_partition_by_annealing(
        machine,
        torch.Generator().manual_seed(6),
        temperatures=STEPS,
        chains=CHAINS,
        base_fields=base_fields,
    )
    given = parameters(machine, base_fields)
    draw = Draws(torch.Generator().manual_seed(6))
    expected = paper.log_weights(CHAINS, STEPS, *given, draw)
    assert_allclose(estimate.log_weights, expected, atol=1e-11)
    mean = torch.logsumexp(torch.tensor(expected), 0) - torch.log(torch.tensor(float(CHAINS)))
    start = paper.log_f_start_sum(given[0], given[2])
    assert estimate.value == pytest.approx(start + mean.item(), abs=1e-11)


def test_reverse_weights(machine, base_fields):
    generator = torch.Generator().manual_seed(7)
    samples = torch.randint(2, (CHAINS, 4), generator=generator, dtype=torch.uint8)
    estimate = log_partition_by_reverse_annealing(
        machine,
        {"data": samples},
        torch.Generator().manual_seed(6),
        temperatures=STEPS,
        base_fields=base_fields,
    )
    draw = Draws(torch.Generator().manual_seed(6))
    given = parameters(machine, base_fields)
    expected = paper.reverse_log_weights(samples.numpy(), STEPS, *given, draw)
    assert_allclose(estimate.log_weights, expected, atol=1e-11)
