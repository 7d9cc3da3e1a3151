"""Chains from corrupted rows: what is changed, and that held sites leave the right conditional."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ebmflow.errors import ConfigError
from ebmflow.sampling.plan import Corruption, SamplingPlan
from ebmflow.sampling.recorded import record_chains
from ebmflow.sampling.runs import check_plan
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
    run = record_chains(
        model, model.clamp(chains, {"data": start}), [0, 7, 20], generator, held_sites=2
    )
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
    with pytest.raises(ConfigError, match=r"corruption\.hold: a model without hidden units"):
        check_plan(plan, object())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start": "corrupted"}, "belong together"),
        ({"corruption": {}}, "belong together"),
        ({"start": "corrupted", "corruption": {"hold": True}}, "hold needs sites"),
        ({"start": "corrupted", "corruption": HOLD.model_dump(),
          "tempering": {"over": "temperature"}}, "without morph and tempering"),
    ],
)  # fmt: skip
def test_plans_that_contradict_themselves_are_refused(options, expected) -> None:
    with pytest.raises(ValidationError, match=expected):
        SamplingPlan.model_validate(options)
