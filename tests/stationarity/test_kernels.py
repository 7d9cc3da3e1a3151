"""Compiled kernels and their torch references: chains must stay at enumerated laws with either.

Machines are wide enough for tiles of weight rows, which small ones do without.
"""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.energy_model import Chains
from ebmflow.core.kernels import dispatch
from tests.stationarity.test_gibbs import KINDS, target
from tests.support.laws import distance_from, index_of
from tests.support.machines import make_rbm

CHAINS = 60000
UNITS = 17


def wide_machine(data, hidden):
    # Couplings of order 2 between few sites and many units: barriers far above 1.
    return make_rbm(data, hidden, sites=3, units=UNITS, scale=0.7, seed=4)


def distance_after(model, sweeps, clamp, beta, given=None):
    visible, p = target(model, beta, given)
    generator = torch.Generator().manual_seed(1)
    start = torch.multinomial(p, CHAINS, replacement=True, generator=generator)
    chains = Chains({g: codes[start] for g, codes in visible.items()}, None)
    end = model.advance(chains, sweeps, generator, clamp=frozenset(clamp), beta=beta)
    return distance_from(p, index_of(model, end.visible))


@pytest.fixture(params=["compiled", "torch"])
def code(request, monkeypatch):
    """Code that runs the chains."""
    if request.param == "torch":
        monkeypatch.setattr(dispatch, "serves", lambda *tensors: False)
    # Small machines would do without tables of joint states.
    monkeypatch.setattr(dispatch, "_FEWEST_UNITS", 1)
    return request.param


@pytest.mark.parametrize("clamp", [None, "label", "data"])
@pytest.mark.parametrize(("data", "hidden"), KINDS)
def test_chains_stay(data, hidden, clamp, code):
    model = wide_machine(data, hidden)
    given = {} if clamp is None else {clamp: torch.ones(1, model.visible[clamp].sites)}
    distance, noise = distance_after(model, 3, given, 1.0, given)
    assert distance < noise


@pytest.mark.parametrize(("data", "hidden"), KINDS)
def test_hot_chains_stay(data, hidden, code):
    distance, noise = distance_after(wide_machine(data, hidden), 3, (), 0.4)
    assert distance < noise


@pytest.mark.parametrize(
    ("kind", "part"), [("potts", "states_after"), ("bernoulli", "two_state_product")]
)
def test_wrong_sums_of_joint_states_are_seen(kind, part, monkeypatch):
    monkeypatch.setattr(dispatch, "_FEWEST_UNITS", 1)
    right = getattr(dispatch, part)
    monkeypatch.setattr(
        dispatch, part, lambda codes, weight, *rest: right(codes, 1.3 * weight, *rest)
    )
    distance, noise = distance_after(wide_machine(kind, "bernoulli"), 3, (), 1.0)
    assert distance > noise


@pytest.mark.parametrize("part", ["two_state_codes", "state_codes"])
def test_a_wrong_temperature_in_a_kernel_is_seen(part, monkeypatch):
    # Without tables of joint states, which draw without `state_codes`.
    right = getattr(dispatch, part)
    monkeypatch.setattr(
        dispatch, part, lambda inputs, field, beta, *rest: right(inputs, field, 1.3 * beta, *rest)
    )
    distance, noise = distance_after(wide_machine("potts", "bernoulli"), 3, (), 1.0)
    assert distance > noise
