"""Every Monte-Carlo estimator against what it claims to estimate."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.exact import exact_moments
from ebmflow.registry import component, names
from ebmflow.training.families.base import TrainingData
from ebmflow.training.gradients.base import Batch
from ebmflow.training.labels import complete_batch
from tests.support.machines import make_rbm

ROWS = 40000


def make_batch(model, rows=ROWS, seed=0, weights=None):
    """Rows drawn at random, weighted unevenly."""
    generator = torch.Generator().manual_seed(seed)
    visible = model.random_chains(rows, generator).visible
    weights = torch.rand(rows, generator=generator) + 0.5 if weights is None else weights
    return Batch(visible, weights, visible, weights), generator


def assert_close_within_noise(estimate, expected, rows=ROWS):
    for name, value in expected.items():
        # Entries are bounded by 1 in size, so 5 deviations of a mean are at most 5 / sqrt(rows).
        assert (estimate[name] - value).abs().max() < 5 / rows**0.5, name


@pytest.mark.parametrize("kind", ["persistent", "random_start"])
@pytest.mark.parametrize("data", ["bernoulli", "spin", "potts"])
def test_long_chains_give_the_exact_gradient(kind, data):
    model = make_rbm(data, scale=0.6)
    batch, generator = make_batch(model)
    options = {"sweeps": 60, "centred": False}
    if kind == "persistent":
        options["chains"] = ROWS
    estimator = component("gradient", kind)(**options)
    state = estimator.init(model, batch, generator)
    (gradient,) = estimator.estimate(model, batch, state, generator).gradients
    positive = model.data_statistics(batch.visible, batch.weights, generator)
    exact = model.gradient(positive, exact_moments(model), centred=False)
    assert_close_within_noise(gradient, exact)


def test_contrastive_divergence_vanishes_at_the_model_distribution():
    """Rows drawn from the model itself: no direction to go, at any number of sweeps."""
    model = make_rbm("potts", scale=0.6)
    generator = torch.Generator().manual_seed(3)
    chains = model.advance(model.random_chains(ROWS, generator), 60, generator)
    weights = torch.ones(ROWS)
    batch = Batch(chains.visible, weights, chains.visible, weights)
    estimator = component("gradient", "contrastive")(sweeps=1)
    (gradient,) = estimator.estimate(model, batch, None, generator).gradients
    assert_close_within_noise(gradient, {name: torch.zeros(()) for name in gradient})


def conditional_gradient(model, batch, clamp):
    """Exact gradient of the conditional log-likelihood ln p(free | clamped), by enumeration."""
    free = next(group for group in model.visible if group != clamp)
    every = model.visible[free].all_configurations()
    rows = batch.weights.shape[0]
    visible = {
        free: every.repeat(rows, 1),
        clamp: batch.visible[clamp].repeat_interleave(len(every), 0),
    }
    log_p = -model.free_energy(visible).unflatten(0, (rows, len(every)))
    weights = (batch.weights.unsqueeze(-1) * log_p.softmax(-1)).flatten()
    negative = model.data_statistics(visible, weights, None)
    positive = model.data_statistics(batch.visible, batch.weights, None)
    return model.gradient(positive, negative, centred=False)


@pytest.mark.parametrize("data", ["bernoulli", "potts"])
def test_fast_and_functional_phases_estimate_conditional_gradients(data):
    """With long chains the phases give the gradients of ln p(data | label), ln p(label | data)."""
    model = make_rbm(data, sites=3, scale=0.6)
    batch, generator = make_batch(model, rows=20000)
    estimator = component("gradient", "fast_and_functional")(
        sweeps=40, centred=False, phases="sequential"
    )
    gradients = estimator.estimate(model, batch, None, generator).gradients
    for gradient, clamp in zip(gradients, ["label", "data"], strict=True):
        assert_close_within_noise(gradient, conditional_gradient(model, batch, clamp), rows=20000)


def test_summed_phases_are_the_sum_of_the_sequential_ones():
    model = make_rbm("potts")
    batch, _ = make_batch(model, rows=200)
    make = component("gradient", "fast_and_functional")
    results = {}
    for phases in ("sequential", "summed"):
        generator = torch.Generator().manual_seed(7)
        estimator = make(sweeps=3, phases=phases)
        results[phases] = estimator.estimate(model, batch, None, generator).gradients
    (summed,), (first, second) = results["summed"], results["sequential"]
    for name, value in summed.items():
        torch.testing.assert_close(value, first[name] + second[name])


def test_one_gradient_variant_leaves_out_label_prediction():
    model = make_rbm("potts")
    batch, _ = make_batch(model, rows=200)
    make = component("gradient", "fast_and_functional")
    both = make(sweeps=3, phases="sequential").estimate(
        model, batch, None, torch.Generator().manual_seed(7)
    )
    one = make(sweeps=3, gradients="generation").estimate(
        model, batch, None, torch.Generator().manual_seed(7)
    )
    assert len(one.gradients) == 1
    for name, value in one.gradients[0].items():
        torch.testing.assert_close(value, both.gradients[0][name])


@pytest.mark.parametrize("name", [n for n in names("gradient") if n not in ("exact",)])
def test_weights_enter_every_moment(name):
    """Integer weights must do what repeated rows do, in expectation: also in the pair moments."""
    model = make_rbm("potts", scale=0.3)
    rows = 12
    batch, generator = make_batch(model, rows=rows, weights=torch.ones(rows))
    weights = torch.arange(1, rows + 1).float()
    repeated = {g: v.repeat_interleave(weights.long(), 0) for g, v in batch.visible.items()}
    weighted = model.data_statistics(batch.visible, weights, generator)
    expected = model.data_statistics(repeated, torch.ones(int(weights.sum())), generator)
    for group in model.visible:
        torch.testing.assert_close(weighted.pair[group], expected.pair[group])
        torch.testing.assert_close(weighted.visible[group], expected.visible[group])
    torch.testing.assert_close(weighted.hidden, expected.hidden)


def test_missing_labels_are_marginalised_exactly():
    """Positive statistics of unlabelled rows: expectation over p(label | data), by enumeration."""
    model = make_rbm("potts")
    rows, generator = 30, torch.Generator().manual_seed(1)
    data = model.visible["data"].uniform(rows, generator)
    labels = torch.arange(rows) % 4 - 1  # a quarter is missing
    weights = torch.rand(rows, generator=generator)
    before = labels.clone()
    batch = complete_batch(model, data, labels, weights, 1, generator)
    got = model.data_statistics(batch.positive, batch.positive_weights, generator)

    posterior = model.label_log_probabilities(data).exp()
    share = torch.where((labels < 0).unsqueeze(-1), posterior, torch.eye(3)[labels.clamp(min=0)])
    expected = torch.zeros_like(model.coupling.weights["data"])
    for c in range(3):
        visible = {"data": data, "label": torch.full((rows, 1), c, dtype=torch.uint8)}
        hidden = model.hidden.mean(model.inputs_to_hidden(visible))
        w = weights * share[:, c] / weights.sum()
        expected += model.visible["data"].expand(data).T @ (w.unsqueeze(-1) * hidden)
    torch.testing.assert_close(got.pair["data"], expected)
    torch.testing.assert_close(got.visible["label"], (weights / weights.sum()) @ share)
    assert torch.equal(labels, before), "labels must not be changed in place"
    known = labels >= 0
    assert torch.equal(batch.visible["label"][known, 0].long(), labels[known])


def test_imputed_labels_follow_the_posterior():
    model = make_rbm("potts")
    rows = 30000
    data = model.visible["data"].uniform(1, torch.Generator().manual_seed(2)).expand(rows, -1)
    labels = torch.full((rows,), -1)
    batch = complete_batch(
        model, data, labels, torch.ones(rows), 1, torch.Generator().manual_seed(3)
    )
    share = torch.bincount(batch.visible["label"][:, 0].long(), minlength=3) / rows
    exact = model.label_log_probabilities(data[:1]).exp()[0]
    assert ((share - exact).abs() < 5 * (0.25 / rows) ** 0.5).all()


def test_training_data_without_labels_has_one_group():
    model = make_rbm("bernoulli", classes=0)
    data = model.visible["data"].uniform(5, torch.Generator().manual_seed(0))
    training = TrainingData(data, None, torch.ones(5))
    batch = complete_batch(
        model, training.data, training.labels, training.weights, 1, torch.Generator()
    )
    assert set(batch.visible) == {"data"}
