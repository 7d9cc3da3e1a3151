"""Exchange of replicas must leave the law of every rung, and carry chains over barriers."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.exact import visible_configurations
from ebmflow.core.rbm import RBM
from ebmflow.sampling.partition import PathRung, path_ladder
from ebmflow.sampling.tempering import (
    Replicas,
    Rung,
    start_replicas,
    temper,
    temperature_ladder,
)
from ebmflow.training.families.base import make_layer
from tests.support.laws import distance_from, index_of
from tests.support.machines import make_rbm

CHAINS = 60000
KINDS = [("bernoulli", "spin"), ("potts", "bernoulli")]


def strong(data, hidden, seed=4, scale=1.5):
    return make_rbm(data, hidden, sites=3, units=3, classes=2, scale=scale, seed=seed)


def ladder_of(over, data, hidden):
    model = strong(data, hidden)
    if over == "temperature":
        return temperature_ladder(model, 3, 0.4)
    if over == "path":
        fields = {g: 0.5 * layer.field for g, layer in model.visible.items()}
        return path_ladder(model, fields, 3)
    # Ages: machines with different parameters, all at beta 1.
    return [
        Rung(strong(data, hidden, seed=5, scale=0.5)),
        Rung(strong(data, hidden, seed=6)),
        Rung(model),
    ]


def machine_of(rung):
    return rung.path.model if isinstance(rung, PathRung) else rung.model


def enumerated(rung, given=None):
    layers = machine_of(rung).visible
    blocks = list(visible_configurations(layers))
    visible = {g: torch.cat([block[g] for block in blocks]) for g in layers}
    log_p = rung.log_weight(visible)
    for group, code in (given or {}).items():
        log_p[(visible[group] != code).any(-1)] = -torch.inf
    return visible, torch.softmax(log_p, 0)


def start_at_targets(rungs, generator, given=None):
    """Independent exact draws on every rung, and the targets."""
    states, targets = [], []
    for rung in rungs:
        visible, p = enumerated(rung, given)
        start = torch.multinomial(p, CHAINS, replacement=True, generator=generator)
        states.append({g: codes[start] for g, codes in visible.items()})
        targets.append(p)
    return Replicas(states), targets


@pytest.mark.parametrize("rounds", [1, 2, 6])
@pytest.mark.parametrize("over", ["temperature", "age", "path"])
@pytest.mark.parametrize(("data", "hidden"), KINDS)
def test_every_rung_stays_at_its_law(data, hidden, over, rounds):
    rungs, generator = ladder_of(over, data, hidden), torch.Generator().manual_seed(0)
    replicas, targets = start_at_targets(rungs, generator)
    end, exchanges = temper(rungs, replicas, rounds, generator)
    assert end.rounds == rounds
    for rung, state, p in zip(rungs, end.visible, targets, strict=True):
        distance, noise = distance_from(p, index_of(machine_of(rung), state))
        assert distance < noise
    assert exchanges.offered[0] > 0
    assert (exchanges.accepted[exchanges.offered > 0] > 0.02 * CHAINS).all()


@pytest.mark.parametrize("clamp", ["label", "data"])
def test_clamped_ladders_stay_at_the_conditional_law(clamp):
    rungs, generator = ladder_of("age", "potts", "bernoulli"), torch.Generator().manual_seed(0)
    replicas, targets = start_at_targets(rungs, generator, {clamp: 1})
    end, _ = temper(rungs, replicas, 3, generator, clamp=frozenset({clamp}))
    for rung, state, p in zip(rungs, end.visible, targets, strict=True):
        distance, noise = distance_from(p, index_of(machine_of(rung), state))
        assert distance < noise


def test_exchange_at_any_chance_is_seen_as_wrong(monkeypatch):
    """The test above must be able to fail."""
    monkeypatch.setattr(
        "ebmflow.sampling.tempering.uniform_numbers", lambda shape, generator: torch.zeros(shape)
    )
    rungs, generator = ladder_of("age", "bernoulli", "spin"), torch.Generator().manual_seed(0)
    replicas, targets = start_at_targets(rungs, generator)
    end, _ = temper(rungs, replicas, 1, generator)
    distance, noise = distance_from(targets[1], index_of(rungs[1].model, end.visible[1]))
    assert distance > 3 * noise


def test_rungs_at_beta_have_the_law_of_the_joint_energy():
    """exp(-beta F(v; beta)) is the sum over hidden states of exp(-beta E), by loops."""
    model = strong("bernoulli", "spin")
    visible, p = enumerated(Rung(model, 0.3))
    number = visible["data"].shape[0]
    energies = torch.stack(
        [model.energy(visible, h.expand(number, -1)) for h in model.hidden.all_configurations()]
    )
    torch.testing.assert_close(p, torch.softmax(torch.logsumexp(-0.3 * energies.double(), 0), 0))


def two_valleys(strength=2.5, sites=8):
    """Spins that all agree or all disagree with one hidden spin, up slightly favoured."""
    visible = {"data": make_layer("spin", sites, 2)}
    visible["data"].field += 0.05
    weight = torch.full((sites, 1), strength)
    return RBM(visible, make_layer("spin", 1, 2), Dense({"data": weight}))


def test_tempering_crosses_a_barrier_that_gibbs_sampling_does_not():
    model, generator = two_valleys(), torch.Generator().manual_seed(0)
    down = {"data": torch.zeros((400, 8), dtype=torch.uint8)}
    up = 1 / (1 + torch.exp(torch.tensor(-2 * 8 * 0.05))).item()

    chains = model.clamp(model.random_chains(400, generator), down)
    stuck = model.advance(chains, 60, generator).visible["data"].float().mean().item()
    assert stuck < 0.1

    rungs = temperature_ladder(model, 12, 0.05)
    replicas = start_replicas(rungs, 400, generator, down)
    # At 60 rounds the mean over seeds is still 0.1 below the law.
    end, exchanges = temper(rungs, replicas, 200, generator)
    share = end.visible[-1]["data"].float().mean().item()
    assert abs(share - up) < 5 * (up * (1 - up) / 400) ** 0.5
    assert exchanges.rates.min() > 0.2
    assert exchanges.rates.max() <= 1
