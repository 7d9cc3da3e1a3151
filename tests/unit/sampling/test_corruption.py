"""Chains from corrupted rows: what is changed, and that held sites leave the right conditional."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.sampling.plan import Corruption, SamplingPlan
from ebmflow.sampling.recorded import record_from_part
from ebmflow.sampling.runs import check_plan
from ebmflow.training.families.base import make_layer
from tests.support.machines import make_rbm

HOLD = Corruption(flipped=0.5, given=2, hold=True)


def test_every_site_but_the_given_ones_changes_at_rate_one() -> None:
    codes = np.random.default_rng(0).integers(0, 4, (300, 5)).astype(np.uint8)
    options = Corruption(flipped=1.0, given=2)
    found = options.applied(codes, 4, np.random.default_rng(1))
    assert found.dtype == np.uint8
    assert np.array_equal(found[:, :2], codes[:, :2])
    assert (found[:, 2:] != codes[:, 2:]).all()
    # The three other states alike: 900 sites, three standard errors.
    steps = np.bincount(((found - codes) % 4)[:, 2:].ravel(), minlength=4) / 900
    assert steps[0] == 0
    assert np.abs(steps[1:] - 1 / 3).max() < 3 * np.sqrt(2 / 9 / 900)


def test_sites_change_at_their_rate() -> None:
    codes = np.zeros((500, 8), dtype=np.uint8)
    found = Corruption(flipped=0.2).applied(codes, 2, np.random.default_rng(0))
    assert abs(found.mean() - 0.2) < 3 * np.sqrt(0.16 / 4000)
    assert not Corruption(flipped=0).applied(codes, 2, np.random.default_rng(0)).any()


def test_held_sites_leave_the_conditional_of_the_others() -> None:
    """Against enumeration of the visible side, of chains that all hold (1, 0)."""
    model = make_rbm(classes=0, seed=2, scale=1.5)
    states = torch.tensor(list(itertools.product((0, 1), repeat=2)), dtype=torch.uint8)
    held = torch.tensor([[1, 0]], dtype=torch.uint8).expand(4, 2)
    energies = model.free_energy({"data": torch.cat([held, states], 1)}).double()
    expected = torch.softmax(-energies, 0)
    generator = torch.Generator().manual_seed(0)
    chains = model.random_chains(20_000, generator)
    start = chains.visible["data"].clone()
    start[:, :2] = held[0]
    started = model.clamp(chains, {"data": start})
    run = record_from_part(model, started, [0, 7, 20], generator, given=2, hold=True, blank=False)
    for _, state in run:
        codes = state.visible["data"]
        assert (codes[:, :2] == held[0]).all()
    found = torch.bincount((2 * codes[:, 2] + codes[:, 3]).long(), minlength=4) / 20_000
    assert (found - expected).abs().max() < 4 * 0.5 / np.sqrt(20_000)
    # Free chains would have another law: the test can tell.
    everything = torch.tensor(list(itertools.product((0, 1), repeat=4)), dtype=torch.uint8)
    free = torch.softmax(-model.free_energy({"data": everything}).double(), 0).reshape(4, 4).sum(0)
    assert (free - expected).abs().max() > 0.05


def test_no_machine_without_hidden_units_holds_sites() -> None:
    plan = SamplingPlan(start="corrupted", corruption=HOLD)
    check_plan(plan, make_rbm(classes=0, seed=2, scale=1.5))
    with pytest.raises(ConfigError, match="sites to hold, or blank ones, of another model"):
        check_plan(plan, object())


def test_blank_sites_send_nothing_in_the_first_sweep_only() -> None:
    """Weights so strong that hidden units follow what they see: one a site, and all visible ones.

    Three spins share a hidden unit whose sign is that of their sum; two of them are blank.
    """
    visible = {"data": make_layer("spin", 3, 2, False)}
    weights = torch.full((3, 1), 30.0)
    model = RBM(visible, make_layer("spin", 1, 2, False), Dense({"data": weights}), gauge="none")
    codes = torch.tensor([[1, 0, 0], [0, 1, 1]], dtype=torch.uint8)
    generator = torch.Generator().manual_seed(0)
    start = model.clamp(model.random_chains(2, generator), {"data": codes})
    for blank, first in ((True, [[1, 1, 1], [0, 0, 0]]), (False, [[0, 0, 0], [1, 1, 1]])):
        run = record_from_part(model, start, [0, 1, 2], generator, given=1, hold=False, blank=blank)
        found = [state.visible["data"].tolist() for _, state in run]
        assert found == [codes.tolist(), first, first]


def test_the_first_sweep_from_blank_sites_is_that_of_the_conditional_law() -> None:
    """p(h) from the given site alone, then p(v | h), enumerated; labels count as given."""
    model = make_rbm(sites=2, units=2, classes=2, scale=1.5, seed=3)
    codes, label = torch.tensor([[1, 0]], dtype=torch.uint8), torch.tensor([[1]], dtype=torch.uint8)
    weights = model.coupling.weights
    inputs = weights["data"][0] + weights["label"][1]
    active = torch.sigmoid(inputs + model.hidden.field)
    expected = torch.zeros(2)
    for hidden in itertools.product((0.0, 1.0), repeat=2):
        state = torch.tensor(hidden)
        p = torch.where(state == 1, active, 1 - active).prod()
        expected += p * torch.sigmoid(weights["data"] @ state + model.visible["data"].field)
    generator, number = torch.Generator().manual_seed(1), 20_000
    start = model.clamp(
        model.random_chains(number, generator),
        {"data": codes.expand(number, 2).clone(), "label": label.expand(number, 1).clone()},
    )
    run = record_from_part(
        model, start, [1], generator, given=1, hold=False, blank=True, clamp=frozenset({"label"})
    )
    ((_, state),) = run
    assert (state.visible["label"] == 1).all()
    found = state.visible["data"].float().mean(0)
    assert (found - expected).abs().max() < 4 * 0.5 / np.sqrt(number)


def test_blank_sites_are_recorded_as_drawn_at_random() -> None:
    codes = np.zeros((900, 3), dtype=np.uint8)
    found = Corruption(given=1, blank=True).applied(codes, 3, np.random.default_rng(0))
    assert not found[:, 0].any()
    shares = np.bincount(found[:, 1:].ravel(), minlength=3) / 1800
    assert np.abs(shares - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 1800)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start": "corrupted"}, "belong together"),
        ({"corruption": {"flipped": 0.1}}, "belong together"),
        ({"start": "corrupted", "corruption": {"flipped": 0.2, "hold": True}},
         "need sites that are given"),
        ({"start": "corrupted", "corruption": {"given": 1}}, "give either flipped, or blank"),
        ({"start": "corrupted", "corruption": {"blank": True}}, "need sites that are given"),
        ({"start": "corrupted", "corruption": {"blank": True, "given": 1, "flipped": 0.2}},
         "give either flipped, or blank"),
        ({"start": "corrupted", "corruption": HOLD.model_dump(),
          "tempering": {"over": "temperature"}}, "go without morph and tempering"),
    ],
)  # fmt: skip
def test_plans_that_contradict_themselves_are_refused(options, expected) -> None:
    with pytest.raises(ValidationError, match=expected):
        SamplingPlan.model_validate(options)
