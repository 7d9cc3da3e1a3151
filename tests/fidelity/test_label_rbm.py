"""Updates of the label-RBM recipes against naive transcriptions, with the same random numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ebmflow.core.rbm import Conventions
from ebmflow.registry import component
from ebmflow.training.gradients.base import Batch
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method, TrainingState, apply_update
from tests.reference import fast_and_functional, persistent
from tests.support.draws import Draws
from tests.support.machines import make_rbm

ROWS, SITES, UNITS, CLASSES, SWEEPS, RATE = 6, 4, 3, 3, 3, 0.2
KINDS = ("bernoulli", "potts")
NAMES = {"field.data": "a", "field.label": "c", "field.hidden": "b"} | {
    "weight.data": "w",
    "weight.label": "d",
}


@pytest.fixture(autouse=True)
def _double_precision():
    """Else rounding could turn a draw over."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def paper_parameters(model):
    """The model's parameters in the shapes of the reference."""
    q = model.visible["data"].entries_per_site
    found = {NAMES[n]: t.numpy().copy() for n, t in model.named_parameters().items()}
    found["a"] = found["a"].reshape(SITES, q)
    found["w"] = found["w"].reshape(SITES, q, -1)
    return found


def machine(kind: str, **options):
    """Strongly coupled machine outside the zero-sum gauge, so that the gauge has work to do."""
    return make_rbm(kind, sites=SITES, units=UNITS, classes=CLASSES, **options)


def random_batch(kind: str) -> Batch:
    generator = torch.Generator().manual_seed(8)
    states = 3 if kind == "potts" else 2
    data = torch.randint(states, (ROWS, SITES), generator=generator, dtype=torch.uint8)
    label = torch.randint(CLASSES, (ROWS, 1), generator=generator, dtype=torch.uint8)
    weights = torch.rand(ROWS, generator=generator) + 0.2
    visible = {"data": data, "label": label}
    return Batch(visible, weights, visible, weights)


def rows(batch: Batch):
    """Batch as the reference takes it: v, l, weights."""
    return (
        batch.visible["data"].numpy(),
        batch.visible["label"].numpy()[:, 0],
        batch.weights.numpy(),
    )


def do_updates(model, batch: Batch, gradient, count: int = 1):
    """Updates by the project's own order of operations, from a fixed seed."""
    method = Method(gradient, component("optimiser", "sgd")(learning_rate=RATE), Regularisation())
    generator = torch.Generator().manual_seed(11)
    state = TrainingState(0, gradient.init(model, batch, generator), {}, generator)
    for _ in range(count):
        apply_update(model, batch, method, state, 1.0)
    return paper_parameters(model)


def starts(model, generator, number=ROWS):
    """Function that draws the next random start as the project does."""

    def draw():
        chains = model.random_chains(number, generator)
        return chains.visible["data"].numpy(), chains.visible["label"].numpy()[:, 0]

    return draw


def assert_same(found, expected):
    for name in expected:
        assert_allclose(found[name], expected[name], atol=1e-11, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("centred", [False, True])
def test_fast_and_functional_update(kind, centred):
    model, batch = machine(kind), random_batch(kind)
    before, generator = paper_parameters(model), torch.Generator().manual_seed(11)
    expected = fast_and_functional.update(
        before,
        *rows(batch),
        starts(model, generator),
        SWEEPS,
        RATE,
        Draws(generator),
        centred=centred,
    )
    gradient = component("gradient", "fast_and_functional")(sweeps=SWEEPS, centred=centred)
    after = do_updates(model, batch, gradient)
    assert_same(after, expected)
    assert np.abs(after["w"] - before["w"]).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_published_fast_and_functional_update(kind):
    quirks = Conventions(hidden_drive="mean", negative_hidden="lagged", positive_hidden="sample")
    model = machine(kind, conventions=quirks, gauge="zero_sum_uncompensated")
    batch, generator = random_batch(kind), torch.Generator().manual_seed(11)
    expected = fast_and_functional.published_update(
        paper_parameters(model),
        *rows(batch),
        starts(model, generator),
        SWEEPS,
        RATE,
        Draws(generator),
    )
    gradient = component("gradient", "fast_and_functional")(sweeps=SWEEPS, phases="sequential")
    assert_same(do_updates(model, batch, gradient), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("centred", [False, True])
def test_persistent_update(kind, centred):
    """Two updates: the chains of the first are the starts of the second."""
    model, batch = machine(kind), random_batch(kind)
    expected, generator = paper_parameters(model), torch.Generator().manual_seed(11)
    chains, draw = starts(model, generator, number=5)(), Draws(generator)
    for _ in range(2):
        expected, chains = persistent.update(
            expected, *rows(batch), chains, SWEEPS, RATE, draw, centred=centred
        )
    gradient = component("gradient", "persistent")(sweeps=SWEEPS, chains=5, centred=centred)
    assert_same(do_updates(model, batch, gradient, count=2), expected)


def test_plain_steps_cannot_tell_sequential_from_summed_phases():
    """Both gradients come from the same parameters and the gauge is a projection (FF-A1)."""
    batch, results = random_batch("potts"), []
    for phases in ("summed", "sequential"):
        gradient = component("gradient", "fast_and_functional")(sweeps=SWEEPS, phases=phases)
        results.append(do_updates(machine("potts"), batch, gradient))
    assert_same(*results)
