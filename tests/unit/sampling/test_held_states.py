"""Machines with some units held, against enumeration; shares of states; odds that drifted."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.conditional import given_hidden
from ebmflow.core.exact import log_partition
from ebmflow.core.gibbs import HeldHidden
from ebmflow.sampling.held_states import MOST_UNITS, fitted_shares, held_states, join_bounds
from ebmflow.sampling.likelihood import (
    LikelihoodOptions,
    PartitionBounds,
    enclose_log_partition,
    equilibrium_samples,
)
from tests.support.machines import make_rbm

PAIRS = [(d, h) for d in ("bernoulli", "spin", "potts") for h in ("bernoulli", "spin")]


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_energies_are_those_of_the_whole_machine(data, hidden):
    model = make_rbm(data, hidden, sites=4, units=4)
    generator = torch.Generator().manual_seed(0)
    chains = model.random_chains(20, generator)
    codes = chains.hidden.clone()
    codes[:, [2, 0]] = torch.tensor([1, 0], dtype=codes.dtype)
    held = HeldHidden(torch.tensor([2, 0]), torch.tensor([1, 0]))
    machine, offset = given_hidden(model, held)
    expected = model.energy(chains.visible, codes)
    found = machine.energy(chains.visible, codes[:, [1, 3]]) - offset
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
@pytest.mark.parametrize("released", [1, 2])
def test_states_add_up_to_the_whole_machine(data, hidden, released):
    model = make_rbm(data, hidden, sites=4, units=4)
    states = held_states(model, released)
    assert len(states) == 2**released
    terms = torch.tensor([log_partition(one.machine) + one.offset for one in states])
    assert torch.logsumexp(terms, 0).item() == pytest.approx(log_partition(model), abs=1e-4)


@pytest.mark.parametrize(("hidden", "released"), [("bernoulli", 0), ("bernoulli", MOST_UNITS + 1)])
def test_other_machines_stay_whole(hidden, released):
    model = make_rbm("bernoulli", hidden, units=8)
    assert [(one.codes, one.machine, one.offset) for one in held_states(model, released)] == [
        ((), model, 0.0)
    ]


def test_bounds_of_states_by_hand():
    """Shares 1/4 and 3/4: ln (1 + 3), and errors 0.1 and 0.2 weigh so."""
    three = torch.tensor(3.0).log().item()
    found = [
        PartitionBounds((1.0, 0.1), (1.5, 0.1), 1.25),
        PartitionBounds((three, 0.2), (three + 0.5, 0.2), None),
    ]
    joined = join_bounds(found, torch.tensor([-1.0, 0.0]).double())
    assert joined.forward == pytest.approx(
        (torch.tensor(4.0).log().item(), (0.025**2 + 0.15**2) ** 0.5)
    )
    assert joined.reverse == pytest.approx((joined.forward[0] + 0.5, joined.forward[1]))
    assert joined.exact is None


def test_shares_of_a_mixture():
    """Rows that can be of one state only: shares are their weights, and that of an unused one 0."""
    far = -100.0
    densities = torch.tensor([[0, far, far], [0, far, far], [far, 0, far]], dtype=torch.float64)
    shares = fitted_shares(densities, torch.tensor([1.0, 1.0, 6.0]).double())
    assert shares.tolist() == pytest.approx([0.25, 0.75, 0.0])


def test_odds_that_annealing_of_the_whole_machine_does_not_find():
    """Two far valleys with odds e^-40: the bounds of the states agree with the exact value."""
    sites = 12
    model = make_rbm("bernoulli", sites=sites, units=3, classes=0, scale=0.3)
    model.coupling.weights["data"][:, 0] = 12.0
    model.visible["data"].field -= 6.0
    # Without the offset of 40 both valleys would weigh alike, up to small weights and fields.
    model.hidden.field[0] = -6.0 * sites - 40.0
    options = LikelihoodOptions(temperatures=200, chains=100, rounds=40, exact_limit=0)
    generator = torch.Generator().manual_seed(1)
    states, found = held_states(model, 1), []
    for state in states:
        start = {"data": torch.full((50, sites), state.codes[0], dtype=torch.uint8)}
        base = {"data": torch.full((sites,), 4.0 * state.codes[0] - 2.0)}
        samples = equilibrium_samples(state.machine, start, base, options, generator).visible
        found.append(enclose_log_partition(state.machine, samples, base, options, generator))
    joined = join_bounds(found, torch.tensor([one.offset for one in states]).double())
    exact = log_partition(model)
    for bound, error in (joined.forward, joined.reverse):
        assert abs(bound - exact) < 5 * error + 1e-3
    each = torch.tensor(
        [one.forward[0] + state.offset for one, state in zip(found, states, strict=True)]
    )
    assert (each[1] - each[0]).item() == pytest.approx(-40, abs=8)
