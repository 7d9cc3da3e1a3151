"""Label-erasing constraints and whole updates against naive transcriptions of the paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ebmflow.registry import component
from ebmflow.training.constraints.label_vectors import (
    absolute_magnetisation,
    class_indicators,
    covariance_matrices,
    covariance_vectors,
    labelled_rows,
)
from ebmflow.training.families.base import TrainingData, make_layer
from ebmflow.training.gradients.base import Batch
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method, TrainingState, apply_update
from tests.reference import disentangling as paper
from tests.support.draws import Draws
from tests.support.machines import make_rbm

ROWS, SITES, UNITS, SWEEPS, RATE = 8, 4, 4, 2, 0.1


@pytest.fixture(autouse=True)
def _double_precision():
    """Else rounding could turn a draw over."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def random_rows(classes=2, number=ROWS):
    generator = torch.Generator().manual_seed(2)
    codes = torch.randint(2, (number, SITES), generator=generator, dtype=torch.uint8)
    weights = torch.rand(number, generator=generator) + 0.2
    return TrainingData(codes, torch.arange(number) % classes, weights)


def as_arrays(kind, data):
    layer = make_layer(kind, SITES, 2)
    v = layer.expand(data.data).numpy()
    return layer, v, data.labels.numpy(), data.weights.numpy()


@pytest.mark.parametrize("kind", ["bernoulli", "spin"])
def test_label_vector(kind):
    data = random_rows()
    layer, v, u, weight = as_arrays(kind, data)
    found = covariance_vectors(layer, data, class_indicators(data.labels))
    assert_allclose(found[0], paper.q1(v, u, weight), atol=1e-14)


def test_label_vectors_of_several_classes():
    data = random_rows(classes=3)
    layer, v, u, weight = as_arrays("bernoulli", data)
    found = covariance_vectors(layer, data, class_indicators(data.labels))
    expected = [paper.q1(v, 1.0 * (u == d), weight) for d in range(3)]
    assert_allclose(found, expected[1:], atol=1e-14)
    assert_allclose(sum(expected), 0, atol=1e-14)


def test_label_vector_of_one_hot_entries():
    data = random_rows()
    layer = make_layer("potts", SITES, 2)
    v = layer.expand(data.data).numpy()
    found = covariance_vectors(layer, data, class_indicators(data.labels))
    expected = paper.q1(v, data.labels.numpy(), data.weights.numpy())
    assert_allclose(found[0], expected, atol=1e-14)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("kind", ["bernoulli", "spin"])
def test_second_order_matrix(kind, centred):
    data = random_rows()
    layer, v, u, weight = as_arrays(kind, data)
    found = covariance_matrices(layer, data, class_indicators(data.labels), centred=centred)
    assert_allclose(found[0], paper.q2(v, u, weight, centred), atol=1e-14)


def test_second_order_matrix_of_one_hot_entries_acts_alike_on_zero_sum_weights():
    data = random_rows()
    layer = make_layer("potts", SITES, 2)
    v = layer.expand(data.data).numpy()
    found = covariance_matrices(layer, data, class_indicators(data.labels), centred=False)[0]
    theirs = paper.q2(v, data.labels.numpy(), data.weights.numpy(), False)
    weight = torch.randn((layer.size, UNITS), generator=torch.Generator().manual_seed(0))
    w = layer.zero_sum(weight)[0].numpy()
    assert_allclose(w.T @ found.numpy() @ w, w.T @ theirs @ w, atol=1e-14)


def test_ising_matrix():
    data = random_rows()
    layer, v, _, weight = as_arrays("spin", data)
    targets = absolute_magnetisation(layer, data)
    found = covariance_matrices(layer, data, targets, centred=False)
    assert_allclose(found[0], paper.ising_q2(v, weight), atol=1e-14)


def test_projection_and_penalty():
    data = random_rows()
    layer, v, u, weight = as_arrays("bernoulli", data)
    w = torch.randn((SITES, UNITS), generator=torch.Generator().manual_seed(5))
    projected = w.clone()
    for constraint in component("constraint", "linear")().prepare(layer, UNITS, data):
        constraint.project(projected)
    assert_allclose(projected, paper.project(w.numpy(), paper.q1(v, u, weight)), atol=1e-14)
    (penalty,) = component("constraint", "quadratic")(strength=7.0).prepare(layer, UNITS, data)
    q = paper.q2(v, u, weight, False)
    assert penalty.penalty(w).item() == pytest.approx(paper.quadratic_penalty(w.numpy(), q, 7.0))
    expected = paper.quadratic_penalty_gradient(w.numpy(), q, 7.0)
    assert_allclose(penalty.penalty_gradient(w), expected, atol=1e-6)


def bases_of(classes, released, v, u, weight):
    """(units, vectors) of every projection, as the paper's Section VI D says."""
    q = [paper.q1(v, 1.0 * (u == d), weight) for d in range(1, classes)]
    own = [([d], [q[e] for e in range(classes - 1) if e != d]) for d in range(released)]
    return [*own, (list(range(released, UNITS)), q)]


@pytest.mark.parametrize(("classes", "released"), [(2, 0), (2, 1), (3, 2), (3, 1)])
def test_updates_with_linear_constraints(classes, released):
    constraint = component("constraint", "linear")(released=released)
    check_updates(
        constraint, random_rows(classes), lambda *a: (bases_of(classes, released, *a), [])
    )


@pytest.mark.parametrize("released", [0, 1])
def test_updates_with_a_quadratic_constraint(released):
    constraint = component("constraint", "quadratic")(strength=3.0, released=released)
    units = list(range(released, UNITS))
    check_updates(constraint, random_rows(), lambda *a: ([], [(units, paper.q2(*a, False), 3.0)]))


def check_updates(constraint, data, expected_constraints):
    """Three updates from the same chains and random numbers."""
    model = make_rbm("bernoulli", sites=SITES, units=UNITS, classes=0)
    named = {name: tensor.numpy().copy() for name, tensor in model.named_parameters().items()}
    p = named["field.data"], named["field.hidden"], named["weight.data"]
    _, v, u, weight = as_arrays("bernoulli", labelled_rows(data))
    bases, penalties = expected_constraints(v, u, weight)

    gradient = component("gradient", "persistent")(sweeps=SWEEPS, chains=ROWS, centred=False)
    batch = Batch({"data": data.data}, data.weights, {"data": data.data}, data.weights)
    generator = torch.Generator().manual_seed(9)
    method = Method(
        gradient,
        component("optimiser", "sgd")(learning_rate=RATE),
        Regularisation(),
        constraint.prepare(model.visible["data"], UNITS, data),
    )
    state = TrainingState(0, gradient.init(model, batch, generator), {}, generator)
    chains = state.estimator.visible["data"].numpy().astype(float)
    twin = torch.Generator()
    twin.set_state(generator.get_state())
    draw = Draws(twin)
    for _ in range(3):
        apply_update(model, batch, method, state, 1.0)
        *p, chains = paper.update(
            *p, v, weight, chains, SWEEPS, RATE, draw, bases=bases, penalties=penalties
        )
    after = model.named_parameters()
    for name, expected in zip(("field.data", "field.hidden", "weight.data"), p, strict=True):
        assert_allclose(after[name], expected, atol=1e-7, err_msg=name)
        assert np.abs(expected - named[name]).max() > 1e-3
