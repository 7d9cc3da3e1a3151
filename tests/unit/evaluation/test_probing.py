"""Classifiers on features with known information about the label."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ebmflow.evaluation.probing import classifier_name, correlations, fit_logistic, probe

NAMES = ("a", "b")


def spread(n: int, seed: int, *, xor: bool):
    """Two features; the label is the sign of the first, or of the product of both."""
    rng = np.random.default_rng(seed)
    x = rng.choice([-1.0, 1.0], size=(n, 2))
    labels = ((x[:, 0] * (x[:, 1] if xor else 1)) > 0).astype(int)
    return x + 0.1 * rng.normal(size=x.shape), labels


def as_dict(found):
    return {(group, score.statistic): score for group, score in found}


def test_correlations_by_hand():
    features = np.array([[1.0, 3.0, 0.0], [1.0, 1.0, 1.0], [1.0, 3.0, 1.0], [1.0, 1.0, 0.0]])
    found = correlations(features, np.array([0, 1, 0, 1]), 2)
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1:], [[1, -1], [0, 0]], atol=1e-12)


def test_logistic_regression_reads_what_is_linear():
    found = as_dict(
        probe(spread(400, 1, xor=False), spread(400, 2, xor=False), NAMES, width=0, seed=0)
    )
    assert found["all", "accuracy"].value == 1
    assert found["a", "auc"].value == 1
    assert found["all", "information_bits"].value > 0.9


def test_a_parity_needs_a_hidden_layer():
    train, test = spread(800, 1, xor=True), spread(800, 2, xor=True)
    linear = as_dict(probe(train, test, NAMES, width=0, seed=0))
    # a line may separate three of the four corners, but tells nothing in probability
    assert linear["all", "accuracy"].value < 0.8
    assert linear["all", "information_bits"].value < 0.05
    wide = as_dict(probe(train, test, NAMES, width=16, seed=0))
    assert wide["all", "accuracy"].value > 0.95
    assert wide["all", "information_bits"].value > 0.9


def test_the_bound_never_exceeds_the_entropy_of_the_labels():
    train, test = spread(300, 1, xor=False), spread(300, 2, xor=False)
    shares = np.bincount(test[1]) / 300
    entropy = -np.sum(shares * np.log2(shares))
    for width in (0, 4):
        found = as_dict(probe(train, test, NAMES, width=width, seed=0))
        assert found["all", "information_bits"].value <= entropy


def test_accuracy_on_training_rows_is_told_apart():
    train, test = spread(100, 1, xor=False), spread(50, 2, xor=False)
    test[1][:20] = 1 - test[1][:20]  # no classifier could know
    for width in (0, 4):
        found = as_dict(probe(train, test, NAMES, width=width, seed=0))
        assert found["all", "training_accuracy"].value == 1
        assert found["all", "accuracy"].value == 0.6
        assert found["all", "training_accuracy"].n == 100


def test_same_seed_same_classifier():
    train, test = spread(200, 1, xor=True), spread(50, 2, xor=True)
    first, second = (list(probe(train, test, NAMES, width=4, seed=5)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("train_label", "test_rows"), [(0, 10), (None, 0)])
def test_nothing_to_learn_or_to_judge_gives_a_reason(train_label, test_rows):
    x, labels = spread(20, 1, xor=False)
    train = x, labels if train_label is None else np.full(20, train_label)
    test = spread(20, 2, xor=False)
    found = as_dict(probe(train, tuple(part[:test_rows] for part in test), NAMES, width=0, seed=0))
    assert all(score.value is None and score.note for score in found.values())


def test_a_label_without_training_rows_gets_probability_zero():
    x, labels = spread(40, 1, xor=False)
    found = as_dict(probe((x, labels), (x, labels * 2), ("a", "b", "c"), width=0, seed=0))
    assert "probability 0" in found["all", "information_bits"].note
    assert found["all", "accuracy"].value == pytest.approx(np.mean(labels == 0))


def test_fits_that_stop_early_are_noted(monkeypatch):
    monkeypatch.setattr("ebmflow.evaluation.probing.LONGEST_FIT", 1)
    x, labels = spread(60, 1, xor=False)
    _, note = fit_logistic(x, labels)
    assert note == "fit stopped after 1 iterations"


def test_constant_features_and_single_rows_do_no_harm():
    x, labels = spread(30, 1, xor=False)
    x = np.column_stack([x, np.ones(30)])
    for rows in (30, 2):
        part = x[:rows], np.arange(rows) % 2
        found = as_dict(probe(part, (x, labels), NAMES, width=3, seed=0))
        assert np.isfinite(found["all", "information_bits"].value)


def test_fitting_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    list(probe(spread(40, 1, xor=False), spread(40, 2, xor=False), NAMES, width=4, seed=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_names():
    assert classifier_name(0, "inputs") == "logistic_on_inputs"
    assert classifier_name(8, "samples") == "two_layer_8_on_samples"
