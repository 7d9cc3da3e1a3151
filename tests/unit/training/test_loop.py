"""Batches, updates, learning on exactly solvable machines, and independence of global state."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch

from ebmflow.core.exact import log_partition
from ebmflow.errors import ConfigError, DivergenceError
from ebmflow.randomness import random_stream
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.families.base import TrainingData
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.recipe import Recipe
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method


def bars(size=3):
    """All 2^size - 2 images of full columns, labelled by the value of the first column."""
    columns = torch.cartesian_prod(*[torch.tensor([0, 1])] * size)[1:-1]
    images = columns.unsqueeze(1).expand(-1, size, -1).reshape(len(columns), -1)
    return TrainingData(images.to(torch.uint8), columns[:, 0].long(), torch.ones(len(columns)))


def recipe(gradient, **options):
    settings = {
        "model": {
            "kind": "rbm",
            "hidden": {"units": 6},
            # Weights of 1e-4 leave a plateau where steps are below single precision.
            "coupling": {"kind": "dense", "initial_scale": 0.2},
        },
        "gradient": gradient,
        "optimiser": {"kind": "sgd", "learning_rate": 0.2},
        "updates": 30,
    }
    return Recipe.model_validate({**settings, **options})


def start(settings, data, seed=0):
    space = StateSpace("binary", data.data.shape[1], 2, 2)
    model = settings.model.build(space, data, random_stream(seed, "initial"))
    method = Method(settings.gradient, settings.optimiser, settings.regularisation)
    order = BatchOrder(len(data.weights), settings.batch_size, seed)
    state = start_training(model, data, method, order, random_stream(seed, "chains"))
    return model, method, state, order


def train(settings, data, after_update=lambda state, gradient: None, seed=0):
    model, method, state, order = start(settings, data, seed)
    run_training(model, data, method, state, order, settings.updates, after_update)
    return model


def log_likelihood(model, data):
    labels = data.labels.to(torch.uint8).unsqueeze(-1)
    energies = model.free_energy({"data": data.data, "label": labels})
    share = (data.weights / data.weights.sum()).double()
    return -(share * energies.double()).sum().item() - log_partition(model)


def test_exact_gradient_raises_the_exact_likelihood_at_every_update():
    data, values = bars(), []
    settings = recipe({"kind": "exact"}, optimiser={"kind": "sgd", "learning_rate": 0.05})
    model, method, state, order = start(settings, data)
    record = lambda state, gradient: values.append(log_likelihood(model, data))  # noqa: E731
    run_training(model, data, method, state, order, 40, record)
    assert all(later > earlier for earlier, later in itertools.pairwise(values))


@pytest.mark.parametrize("kind", ["persistent", "contrastive"])
def test_sampled_gradients_reach_a_good_likelihood(kind):
    data = bars()
    options = {"kind": kind, "sweeps": 5}
    if kind == "persistent":
        options["chains"] = 200
    settings = recipe(options, updates=1500, optimiser={"kind": "sgd", "learning_rate": 0.1})
    # ln(1/6) = -1.79 is the best that any machine can reach on six images.
    assert log_likelihood(train(settings, data), data) > -2.3


def test_fast_and_functional_generates_the_right_class_in_the_trained_sweeps():
    data = bars()
    settings = recipe({"kind": "fast_and_functional", "sweeps": 5}, updates=1500)
    model = train(settings, data)
    generator = torch.Generator().manual_seed(1)
    for label in (0, 1):
        chains = model.random_chains(500, generator)
        chains = model.clamp(chains, {"label": torch.full((500, 1), label, dtype=torch.uint8)})
        images = model.advance(chains, 5, generator, clamp=frozenset({"label"})).visible["data"]
        first_column = images.view(-1, 3, 3)[:, :, 0].float().mean(1)
        assert ((first_column > 0.5).long() == label).float().mean() > 0.95
    predicted = model.label_log_probabilities(data.data).argmax(-1)
    assert torch.equal(predicted, data.labels)


def test_batches_are_permutations_that_drop_an_incomplete_rest():
    order = BatchOrder(10, 3, seed=5)
    epoch = torch.cat([order(update) for update in range(3)])
    assert len(epoch.unique()) == 9
    again = BatchOrder(10, 3, seed=5)
    assert torch.equal(again(7), order(7)), "order must be a function of seed and update"
    assert len(BatchOrder(10, 500, seed=0)(3)) == 10


def test_global_random_states_stay_untouched():
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    train(recipe({"kind": "fast_and_functional", "sweeps": 2}, updates=5), bars())
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()  # noqa: NPY002
    assert before[2] == random.getstate()


def test_divergence_names_update_and_parameter():
    settings = recipe(
        {"kind": "persistent", "sweeps": 1}, optimiser={"kind": "sgd", "learning_rate": 1e38}
    )
    with pytest.raises(DivergenceError, match=r"update \d+: parameter '\w+\.\w+' is not finite"):
        train(settings, bars())


def test_label_gradients_need_labels():
    settings = recipe(
        {"kind": "fast_and_functional"},
        model={"kind": "rbm", "hidden": {"units": 2}, "labels": False},
    )
    with pytest.raises(ConfigError, match="there are none"):
        settings.check("binary", True)
    with pytest.raises(ConfigError, match="has a label group"):
        recipe({"kind": "persistent"}).check("binary", False)
    with pytest.raises(ConfigError, match="expected false for a model with fields: false"):
        recipe(
            {"kind": "persistent", "centred": True},
            model={"kind": "rbm", "hidden": {"units": 2}, "fields": False},
        ).check("binary", True)
    with pytest.raises(ConfigError, match="cannot represent categorical"):
        recipe(
            {"kind": "persistent"}, model={"kind": "rbm", "hidden": {"units": 2}, "visible": "spin"}
        ).check("categorical", True)


def test_minibatches_of_weighted_rows_are_unbiased():
    """Mean over an epoch of corrected minibatch moments = moments of all weighted rows."""
    data = bars()
    weights = torch.arange(1.0, 7.0)
    order = BatchOrder(6, 2, seed=0)
    total = torch.zeros(9)
    for update in range(3):
        rows = order(update)
        share = weights[rows] / weights[rows].sum()
        correction = weights[rows].mean() / weights.mean()
        total += correction * (share @ data.data[rows].float()) / 3
    torch.testing.assert_close(total, (weights / weights.sum()) @ data.data.float())


@pytest.mark.parametrize("kind", ["sgd", "momentum", "adam"])
def test_optimisers_climb_a_concave_function(kind):
    optimiser = component("optimiser", kind)(learning_rate=0.05)
    parameters = {"weight.data": torch.tensor([3.0, -2.0])}
    state = optimiser.init(parameters)
    for update in range(600):
        gradient = {"weight.data": -2 * parameters["weight.data"]}
        optimiser.step(parameters, gradient, state, update)
    assert parameters["weight.data"].abs().max() < 0.02


def test_adam_equals_the_library():
    parameters = {"w": torch.tensor([1.0, -2.0, 0.5])}
    reference = parameters["w"].clone().requires_grad_()
    theirs = torch.optim.Adam([reference], lr=0.01)
    ours = component("optimiser", "adam")(learning_rate=0.01)
    state = ours.init(parameters)
    for update in range(20):
        gradient = torch.sin(parameters["w"] * (update + 1))
        reference.grad = -gradient.clone()
        ours.step(parameters, {"w": gradient}, state, update)
        theirs.step()
    torch.testing.assert_close(parameters["w"], reference.detach())


def test_learning_rate_schedule_and_label_rate():
    optimiser = component("optimiser", "sgd")(
        learning_rate=0.1,
        label_learning_rate=0.5,
        decay=0.5,
        decay_start=2,
        minimum_learning_rate=0.02,
    )
    rates = [optimiser.rate("weight.data", update) for update in range(6)]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.025, 0.02])
    assert optimiser.rate("weight.label", 0) == 0.5


def test_penalty_gradient_equals_automatic_differentiation():
    weight = torch.randn((6, 4), generator=torch.Generator().manual_seed(0), requires_grad=True)
    penalties = Regularisation(l1=0.3, l2=0.7, l1b=0.2)
    sites = 3
    value = (
        0.3 * weight.abs().sum()
        + 0.35 * weight.square().sum()
        + 0.2 / (2 * sites) * weight.abs().sum(0).square().sum()
    )
    (expected,) = torch.autograd.grad(value, weight)
    torch.testing.assert_close(penalties.penalty_gradient(weight.detach(), sites), expected)
