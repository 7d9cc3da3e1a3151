"""Replicas along the annealing path carry chains between modes; the two starts tell if not."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.exact import log_partition
from ebmflow.core.rbm import RBM
from ebmflow.evaluation.costs import bounds_note
from ebmflow.sampling.likelihood import (
    LikelihoodOptions,
    enclose_log_partition,
    equilibrium_samples,
)
from ebmflow.training.families.base import make_layer

SITES = 6


@pytest.fixture(scope="module")
def two_modes():
    """All ones with odds 4 : 1 over all zeros, nothing in between: Gibbs sampling stays."""
    data, hidden = make_layer("bernoulli", SITES, 2), make_layer("bernoulli", 1, 2)
    data.field = torch.full((SITES,), -3.0)
    # exp(3 SITES) is the ratio of the sums over sites around ones and around zeros.
    hidden.field = torch.log(torch.tensor([4.0])) - 3.0 * SITES
    coupling = Dense({"data": torch.full((SITES, 1), 6.0)})
    model = RBM({"data": data}, hidden, coupling, gauge="none")
    codes = torch.ones((100, SITES), dtype=torch.uint8)
    return model, codes


def share_of_ones(visible):
    return (visible["data"].float().mean(1) > 0.5).double().mean().item()


def sampled(two_modes, rounds):
    model, start = two_modes
    options = LikelihoodOptions(temperatures=200, chains=200, rounds=rounds, exact_limit=10000)
    generator = torch.Generator().manual_seed(0)
    # The base of the path favours zeros; the data that chains start from are all ones.
    base = {"data": torch.full((SITES,), -2.0)}
    found = equilibrium_samples(model, {"data": start}, base, options, generator)
    return found, enclose_log_partition(model, found.visible, base, options, generator)


def test_enough_rounds_find_the_shares_of_the_modes(two_modes):
    found, bounds = sampled(two_modes, 400)
    assert share_of_ones(found.visible) == pytest.approx(0.8, abs=4 * (0.16 / 200) ** 0.5)
    assert abs(found.leading_z) < 4
    named = {"forward": bounds.forward, "reverse": bounds.reverse}
    assert "cross" not in bounds_note(named, SITES)
    exact = log_partition(two_modes[0])
    assert bounds.forward[0] - 4 * bounds.forward[1] < exact
    assert exact < bounds.reverse[0] + 4 * bounds.reverse[1]


def test_stuck_chains_are_told_by_the_leading_component(two_modes):
    found, _ = sampled(two_modes, 2)
    assert abs(found.leading_z) > 10
