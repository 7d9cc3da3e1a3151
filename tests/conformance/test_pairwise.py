"""The pairwise model against enumeration and automatic differentiation."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.energy_model import EnergyModel
from ebmflow.core.pairwise import PairwiseModel
from ebmflow.training.families.base import make_layer

SITES, STATES = 4, 3


def make_model(seed=0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    layer = make_layer("potts", SITES, STATES)
    layer.field = scale * torch.randn(layer.size, generator=generator)
    model = PairwiseModel(layer)
    model.coupling = scale * torch.randn((layer.size, layer.size), generator=generator)
    model.refresh()
    return model, generator


def every_state(model):
    codes = model.layer.all_configurations()
    return codes, (-model.free_energy({"data": codes})).softmax(0)


def test_it_is_an_energy_model():
    assert isinstance(make_model()[0], EnergyModel)


def test_gradient_is_that_of_the_exact_log_likelihood():
    model, generator = make_model()
    codes, probability = every_state(model)
    batch = model.random_chains(20, generator).visible
    weights = torch.rand(20, generator=generator)
    positive = model.data_statistics(batch, weights, generator)
    negative = model.data_statistics({"data": codes}, probability, generator)
    gradient = model.gradient(positive, negative, centred=False)

    field = model.layer.field.clone().requires_grad_()
    # Each pair is one parameter: its upper triangle, mirrored.
    upper = model.coupling.triu().requires_grad_()
    copy = PairwiseModel(make_layer("potts", SITES, STATES))
    copy.layer.field, copy.coupling = field, upper + upper.T
    log_z = torch.logsumexp(-copy.free_energy({"data": codes}), 0)
    share = weights / weights.sum()
    (-(share * copy.free_energy(batch)).sum() - log_z).backward()
    torch.testing.assert_close(gradient["field.data"], field.grad, atol=1e-5, rtol=1e-4)
    free = model.other_sites().triu() > 0
    torch.testing.assert_close(
        gradient["coupling.data"][free], upper.grad[free], atol=1e-5, rtol=1e-4
    )
    assert gradient["coupling.data"][model.other_sites() == 0].abs().max() == 0


def test_centred_gradient_vanishes_where_the_plain_one_does():
    model, generator = make_model()
    moments = model.data_statistics(model.random_chains(9, generator).visible, torch.ones(9), None)
    for value in model.gradient(moments, moments, centred=True).values():
        assert value.abs().max() == 0


@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_gibbs_sampling_leaves_the_distribution_as_it_is(beta):
    model, generator = make_model()
    codes = model.layer.all_configurations()
    probability = (-beta * model.free_energy({"data": codes})).softmax(0)
    n = 40000
    chosen = torch.multinomial(probability, n, replacement=True, generator=generator)
    chains = model.random_chains(n, generator)._replace(visible={"data": codes[chosen]})
    after = model.advance(chains, 3, generator, beta=beta).visible["data"].long()
    place = (after * STATES ** torch.arange(SITES)).sum(1)
    counts = torch.bincount(place, minlength=len(codes)).double()
    expected = n * probability.double()
    chi2 = ((counts - expected) ** 2 / expected.clamp_min(1e-9))[expected > 5].sum()
    degrees = int((expected > 5).sum())
    # Mean `degrees`, variance 2 `degrees`.
    assert chi2 < degrees + 5 * (2 * degrees) ** 0.5


def test_long_chains_forget_their_start():
    model, generator = make_model(scale=0.5)
    codes, probability = every_state(model)
    after = model.advance(model.random_chains(20000, generator), 30, generator)
    found = model.chain_statistics(after, torch.ones(20000))
    exact = model.data_statistics({"data": codes}, probability, None)
    assert (found.pair - exact.pair).abs().max() < 5 * 0.5 / 20000**0.5
