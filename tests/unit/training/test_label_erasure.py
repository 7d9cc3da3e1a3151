"""What the constraints are for: erased labels cannot be read off, released units carry them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ebmflow.core.energy_model import Chains
from ebmflow.core.gibbs import HeldHidden
from ebmflow.randomness import random_stream
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.stages.train import make_method, to_training_data
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_vectors,
    labelled_rows,
)
from ebmflow.training.constraints.linear import Linear
from ebmflow.training.families.base import TrainingData
from ebmflow.training.gradients.monte_carlo import Contrastive
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.optimisers.sgd import Sgd
from ebmflow.training.recipe import Recipe
from ebmflow.training.regularisation import Regularisation
from ebmflow.training.update import Method
from tests.support.datasets import toy_dataset

UNITS = 8


def rows_of(classes, unlabelled=0.0, sites=10):
    """Training rows with unequal weights."""
    data = toy_dataset(rows=300, sites=sites, classes=classes, seed=1, unlabelled=unlabelled)
    training = to_training_data(data.part("train"), True)
    weights = torch.rand(len(training.weights), generator=torch.Generator().manual_seed(0)) + 0.5
    return data.space, training._replace(weights=weights)


def train(space, data, constraints, updates=300):
    recipe = Recipe.model_validate(
        {
            "model": {
                "kind": "rbm",
                "labels": False,
                "hidden": {"units": UNITS},
                "coupling": {"kind": "dense", "initial_scale": 0.1},
            },
            "gradient": {"kind": "exact"},
            "optimiser": {"kind": "adam", "learning_rate": 0.02},
            "constraints": constraints,
            "batch_size": 1000,
            "updates": updates,
        }
    )
    recipe.check("binary", True)
    unlabelled = data._replace(labels=None)
    model = recipe.model.build(space, unlabelled, random_stream(0, "initial"))
    order = BatchOrder(len(data.weights), recipe.batch_size, 0)
    method = make_method(recipe, model, data, order.per_epoch)
    state = start_training(model, unlabelled, method, order, random_stream(0, "chains"))
    run_training(model, unlabelled, method, state, order, updates, lambda *_: None)
    return model


def probe(model, data: TrainingData, expand=lambda inputs: inputs):
    """Weighted accuracy and log-loss of the best linear classifier of hidden inputs."""
    inputs = expand(model.inputs_to_hidden({"data": data.data}).double().numpy())
    inputs = (inputs - inputs.mean(0)) / inputs.std(0)
    labels, weights = data.labels.numpy(), data.weights.double().numpy()
    fitted = LogisticRegression(C=1e3, max_iter=2000).fit(inputs, labels, sample_weight=weights)
    p = fitted.predict_proba(inputs)[np.arange(len(labels)), labels]
    accuracy = np.average(fitted.predict(inputs) == labels, weights=weights)
    return accuracy, -np.average(np.log(p), weights=weights)


def entropy_and_majority(data):
    share = np.bincount(data.labels.numpy(), weights=data.weights.double().numpy())
    share /= share.sum()
    return -(share * np.log(share)).sum(), share.max()


@pytest.mark.parametrize("classes", [2, 4])
def test_no_linear_classifier_reads_erased_labels(classes):
    """The best one is the label frequencies: log-loss = entropy of labels (Section III A 1)."""
    space, data = rows_of(classes)
    entropy, majority = entropy_and_majority(data)
    accuracy, loss = probe(train(space, data, [{"kind": "linear"}]), data)
    assert loss == pytest.approx(entropy, abs=1e-5)
    assert accuracy == pytest.approx(majority, abs=1e-6)
    free_accuracy, free_loss = probe(train(space, data, []), data)
    assert free_accuracy > 0.9
    assert free_loss < entropy / 2


def pairs_that_agree_or_differ():
    """Neighbouring sites agree in class 0 and differ in class 1; single sites tell nothing."""
    generator = torch.Generator().manual_seed(2)
    labels = torch.arange(300) % 2
    left = torch.randint(2, (300, 5), generator=generator)
    errors = torch.rand((300, 5), generator=generator) < 0.05
    right = left ^ labels.unsqueeze(-1) ^ errors.long()
    codes = torch.stack([left, right], -1).flatten(1).to(torch.uint8)
    return StateSpace("binary", 10, 2, 2), TrainingData(codes, labels, torch.ones(300))


def test_second_order_traces_in_hidden_states_shrink_under_the_quadratic_constraint():
    """Pairs of hidden states tell the label after the linear constraint, much less after both.

    States, not inputs: the penalty makes traces small, not zero, and inputs have no noise that
    would hide a small one.
    """
    space, data = pairs_that_agree_or_differ()
    linear = {"kind": "linear"}
    quadratic = {"kind": "quadratic", "strength": 100.0}
    entropy, _ = entropy_and_majority(data)
    after_linear = pair_loss(train(space, data, [linear]), data)
    after_both = pair_loss(train(space, data, [linear, quadratic]), data)
    assert after_linear < 0.7 * entropy
    assert after_both > 0.95 * entropy


def pair_loss(model, data):
    """Log-loss of the best classifier that is linear in products of two hidden states."""
    many = TrainingData(*(values.repeat_interleave(20, 0) for values in data))
    inputs = model.inputs_to_hidden({"data": many.data})
    states = model.hidden.sample(inputs, torch.Generator().manual_seed(3)).numpy()
    first, second = np.triu_indices(UNITS)
    pairs = states[:, first] * states[:, second]
    fitted = LogisticRegression(C=1e3, max_iter=2000).fit(pairs, many.labels, many.weights)
    p = fitted.predict_proba(pairs)[np.arange(len(pairs)), many.labels]
    return -np.average(np.log(p), weights=many.weights)


def test_the_released_weight_is_parallel_to_the_label_vector():
    space, data = rows_of(2, unlabelled=0.5)
    model = train(space, data, [{"kind": "linear", "released": 1}])
    known = labelled_rows(data)
    (q,) = covariance_vectors(model.visible["data"], known, class_indicators(known.labels))
    weight = model.coupling.weights["data"].double()
    cosines = torch.nn.functional.normalize(weight, dim=0).T @ torch.nn.functional.normalize(
        q, dim=0
    )
    assert cosines[0].abs() > 0.9
    assert cosines[1:].abs().max() < 1e-6


def nearest_class(codes, data):
    means = torch.stack(
        [data.data[data.labels == c].float().mean(0) for c in range(int(data.labels.max()) + 1)]
    )
    return torch.cdist(codes.float(), means).argmin(1)


def test_flipping_the_released_unit_changes_the_class():
    space, data = rows_of(2)
    model = train(space, data, [{"kind": "linear", "released": 1}])
    started = model.likely_hidden({"data": data.data})[:, :1]
    for flip, expected in ((0, data.labels), (1, 1 - data.labels)):
        generator = torch.Generator().manual_seed(5)
        held = HeldHidden(torch.tensor([0]), (started + flip) % 2)
        chains = Chains({"data": data.data}, None)
        end = model.advance(chains, 50, generator, held_hidden=held).visible["data"]
        assert (nearest_class(end, data) == expected).float().mean() > 0.9


def test_each_released_unit_of_several_classes_steers_its_own():
    """Section VI D: one unit active gives its class, all silent the first class."""
    space, data = rows_of(3, sites=14)
    model = train(space, data, [{"kind": "linear", "released": 2}])
    q = covariance_vectors(model.visible["data"], data, class_indicators(data.labels))
    # The sign of a released weight is free: a unit is active where it favours its class.
    active = ((q.T * model.coupling.weights["data"][:, :2]).sum(0) > 0).to(torch.uint8)
    generator = torch.Generator().manual_seed(6)
    for label in range(3):
        codes = 1 - active
        if label:
            codes[label - 1] = active[label - 1]
        chains = model.random_chains(400, generator)
        held = HeldHidden(torch.arange(2), codes)
        end = model.advance(chains, 100, generator, held_hidden=held).visible["data"]
        assert (nearest_class(end, data) == label).float().mean() > 0.7, label


def test_estimators_start_from_weights_that_obey_the_constraints():
    """Chains of an estimator that starts by sampling must not see unprojected weights."""
    space, data = rows_of(2)
    (constraint,) = Linear().prepare(component("layer", "bernoulli")(space.sites, 2), UNITS, data)
    seen = []

    class Looking(Contrastive):
        def init(self, model, batch, generator):
            seen.append(model.coupling.weights["data"].clone())

    recipe = Recipe.model_validate(
        {
            "model": {"kind": "rbm", "labels": False, "hidden": {"units": UNITS}},
            "gradient": {"kind": "contrastive"},
            "updates": 1,
        }
    )
    model = recipe.model.build(space, data._replace(labels=None), random_stream(0, "initial"))
    method = Method(Looking(), Sgd(), Regularisation(), [constraint])
    order = BatchOrder(len(data.weights), 100, 0)
    start_training(model, data._replace(labels=None), method, order, random_stream(0, "chains"))
    assert seen[0].abs().max() > 0
    assert (constraint.basis.T @ seen[0].double()).abs().max() < 1e-8
