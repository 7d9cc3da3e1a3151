"""Chains with hidden units held must stay at p(visible | held units), at every beta."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.energy_model import Chains
from ebmflow.core.exact import visible_configurations
from ebmflow.core.gibbs import HeldHidden
from ebmflow.core.rbm import Conventions
from ebmflow.sampling.morphing import record_morph
from tests.support.laws import distance_from, index_of
from tests.support.machines import make_rbm

CHAINS = 60000
KINDS = [("bernoulli", "bernoulli"), ("spin", "spin"), ("potts", "bernoulli"), ("potts", "spin")]
UNITS = torch.tensor([2, 0])
CODES = torch.tensor([1, 0], dtype=torch.uint8)


def machine(data, hidden):
    # Couplings of order 2: weak ones hide wrong kernels.
    return make_rbm(data, hidden, sites=3, units=3, classes=2, scale=1.5, seed=4)


def target(model, codes, beta):
    """All visible configurations and p(visible | held units), by summing over all hidden states."""
    blocks = list(visible_configurations(model.visible))
    visible = {g: torch.cat([block[g] for block in blocks]) for g in model.visible}
    log_p = []
    for hidden in model.hidden.all_configurations():
        if torch.equal(hidden[UNITS], codes):
            number = visible["data"].shape[0]
            log_p.append(-beta * model.energy(visible, hidden.expand(number, -1)).double())
    return visible, torch.softmax(torch.logsumexp(torch.stack(log_p), 0), 0)


def start_at(model, codes, beta, generator):
    visible, p = target(model, codes, beta)
    start = torch.multinomial(p, CHAINS, replacement=True, generator=generator)
    return Chains({g: values[start] for g, values in visible.items()}, None), p


@pytest.mark.parametrize("sweeps", [1, 4])
@pytest.mark.parametrize("beta", [1.0, 0.5])
@pytest.mark.parametrize(("data", "hidden"), KINDS)
def test_chains_stay_at_the_conditional_distribution(data, hidden, beta, sweeps):
    model, generator = machine(data, hidden), torch.Generator().manual_seed(0)
    chains, p = start_at(model, CODES, beta, generator)
    held = HeldHidden(UNITS, CODES)
    end = model.advance(chains, sweeps, generator, beta=beta, held_hidden=held)
    assert torch.equal(end.hidden[:, UNITS], CODES.expand(CHAINS, -1))
    distance, noise = distance_from(p, index_of(model, end.visible))
    assert distance < noise


def test_free_chains_are_seen_to_leave_the_conditional_distribution():
    model, generator = machine("bernoulli", "bernoulli"), torch.Generator().manual_seed(0)
    chains, p = start_at(model, CODES, 1.0, generator)
    end = model.advance(chains, 1, generator)
    distance, noise = distance_from(p, index_of(model, end.visible))
    assert distance > 3 * noise


def test_flipped_chains_reach_the_other_conditional_distribution():
    """Each chain has codes of its own; after the flip all are at the other law."""
    model, generator = machine("bernoulli", "spin"), torch.Generator().manual_seed(1)
    chains, _ = start_at(model, CODES, 1.0, generator)
    held = HeldHidden(UNITS, (1 - CODES).expand(CHAINS, -1))
    end = model.advance(chains, 60, generator, held_hidden=held)
    distance, noise = distance_from(target(model, 1 - CODES, 1.0)[1], index_of(model, end.visible))
    assert distance < noise


def test_units_are_held_where_hidden_means_drive():
    model = make_rbm("bernoulli", "spin", conventions=Conventions(hidden_drive="mean"))
    generator = torch.Generator().manual_seed(0)
    held = HeldHidden(UNITS, CODES)
    end = model.advance(model.random_chains(5, generator), 2, generator, held_hidden=held)
    assert torch.equal(end.hidden[:, UNITS], torch.tensor([1.0, -1.0]).expand(5, -1))
    assert (end.hidden[:, 1].abs() < 1).all()


def test_recorded_states_are_those_of_the_last_sweep():
    model, generator = make_rbm("bernoulli"), torch.Generator().manual_seed(0)
    chains = model.random_chains(4, generator)
    states = [torch.full((4, 2), code, dtype=torch.uint8) for code in (0, 1, 0)]
    schedule = list(zip([0, 4, 6], states, strict=True))
    run = list(record_morph(model, chains, [0, 2, 4, 5, 9, 12], schedule, generator))
    assert [time for time, _, _ in run] == [0, 2, 4, 5, 9, 12]
    assert [int(held[0, 0]) for _, _, held in run] == [0, 0, 0, 1, 0, 0]
    for time, state, held in run[1:]:
        assert torch.equal(state.hidden[:, :2], held), time


def test_recording_more_often_changes_nothing():
    model = make_rbm("bernoulli")
    ends = []
    for times in ([10], [1, 4, 5, 10]):
        generator = torch.Generator().manual_seed(3)
        chains = model.random_chains(6, generator)
        schedule = [
            (0, torch.zeros((6, 1), dtype=torch.uint8)),
            (4, torch.ones((6, 1), dtype=torch.uint8)),
        ]
        *_, (_, end, _) = record_morph(model, chains, times, schedule, generator)
        ends.append(end.visible["data"])
    assert torch.equal(*ends)
