"""Classification scores by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from ebmflow.evaluation.classification import (
    area_under_curve,
    calibration_table,
    confusion_counts,
    count_scores,
    information_scores,
    probability_scores,
)

NAMES = ("a", "b", "c")


@pytest.fixture
def predictions():
    rng = np.random.default_rng(0)
    labels = rng.choice(3, size=400, p=[0.6, 0.3, 0.1])
    logits = rng.normal(size=(400, 3)) + 1.5 * np.eye(3)[labels]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, p


def as_dict(found):
    return {(group, score.statistic): score for group, score in found}


def test_counts_agree_with_scikit_learn(predictions):
    labels, p = predictions
    predicted = p.argmax(axis=1)
    counts = confusion_counts(labels, predicted, 3)
    assert np.array_equal(counts, reference.confusion_matrix(labels, predicted))
    found = as_dict(count_scores(counts, NAMES))
    accuracy = reference.accuracy_score(labels, predicted)
    assert found["all", "accuracy"].value == pytest.approx(accuracy)
    error = np.sqrt(accuracy * (1 - accuracy) / 400)
    assert found["all", "accuracy"].standard_error == pytest.approx(error)
    balanced = reference.balanced_accuracy_score(labels, predicted)
    assert found["all", "balanced_accuracy"].value == pytest.approx(balanced)
    recall = reference.recall_score(labels, predicted, average=None)
    precision = reference.precision_score(labels, predicted, average=None)
    for c, name in enumerate(NAMES):
        assert found[name, "recall"].value == pytest.approx(recall[c])
        assert found[name, "precision"].value == pytest.approx(precision[c])


def test_probabilities_agree_with_scikit_learn(predictions):
    labels, p = predictions
    found = as_dict(probability_scores(labels, p, NAMES, 10))
    loss = reference.log_loss(labels, p) / np.log(2)
    assert found["all", "log_loss_bits"].value == pytest.approx(loss)
    shares = np.bincount(labels) / 400
    entropy = -np.sum(shares * np.log2(shares))
    assert found["all", "information_bits"].value == pytest.approx(entropy - loss)
    for c, name in enumerate(NAMES):
        area = reference.roc_auc_score(labels == c, p[:, c])
        assert found[name, "auc"].value == pytest.approx(area)
    one_hot = np.eye(3)[labels]
    assert found["all", "brier_score"].value == pytest.approx(np.mean(((p - one_hot) ** 2).sum(1)))


def test_calibration_by_hand():
    # confidences 0.9, 0.9, 0.6; right, wrong, right
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    table = calibration_table(np.array([0, 1, 1]), p, 10)
    assert table["rows"].tolist() == [1, 2]
    assert table["low"].tolist() == pytest.approx([0.6, 0.9])
    assert table["accuracy"].tolist() == [1.0, 0.5]
    found = as_dict(probability_scores(np.array([0, 1, 1]), p, ("a", "b"), 10))
    assert found["all", "calibration_error"].value == pytest.approx((2 * 0.4 + 1 * 0.4) / 3)


def test_a_certain_prediction_stays_in_the_last_bin():
    table = calibration_table(np.array([0]), np.array([[1.0, 0.0]]), 10)
    assert (table["low"].item(), table["high"].item()) == (0.9, 1.0)


def test_labels_that_do_not_occur_are_named():
    found = as_dict(count_scores(np.array([[3, 1, 0], [0, 0, 0], [2, 0, 0]]), NAMES))
    assert found["all", "accuracy"].value == pytest.approx(0.5)
    assert found["all", "majority_share"].value == pytest.approx(4 / 6)
    assert found["all", "balanced_accuracy"].value == pytest.approx((0.75 + 0) / 2)
    assert found["all", "balanced_accuracy"].note == "without labels that do not occur: b"
    assert found["b", "recall"].value is None
    assert found["c", "precision"].note == "never predicted"


def test_no_labelled_rows_give_no_number():
    found = as_dict(count_scores(np.zeros((3, 3), dtype=int), NAMES))
    assert {score.value for score in found.values()} == {None}
    found = as_dict(probability_scores(np.zeros(0, int), np.zeros((0, 3)), NAMES, 10))
    assert {score.value for score in found.values()} == {None}


def test_chains_that_end_in_a_label_have_no_probabilities():
    found = as_dict(probability_scores(np.array([0, 1]), np.eye(3)[[0, 2]], NAMES, 10))
    assert {score.value for score in found.values()} == {None}
    assert "without probabilities" in found["all", "log_loss_bits"].note


def test_impossible_labels_have_no_finite_loss():
    scores = information_scores(np.array([0, 1]), np.array([0.5, 0.0]))
    assert [score.value for score in scores] == [None, None]
    assert scores[0].note == "probability 0 for the true label of 1 rows"


def test_area_counts_ties_half():
    assert area_under_curve(np.ones(4), np.array([True, False, True, False])) == 0.5
    assert area_under_curve(np.arange(3), np.array([False, False, True])) == 1.0
    assert area_under_curve(np.arange(3), np.array([True, True, True])) is None
