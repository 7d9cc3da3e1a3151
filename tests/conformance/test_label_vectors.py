"""Label vectors: worked by hand, balanced by class, and the same in blocks."""

from __future__ import annotations

import pytest
import torch

from ebmflow.errors import LabelError
from ebmflow.training.constraints.label_vectors import (
    absolute_magnetisation,
    class_indicators,
    covariance_matrices,
    covariance_vectors,
    labelled_rows,
    significant_components,
)
from ebmflow.training.families.base import TrainingData, make_layer
from tests.support.constrained import (
    CLASSES,
    LINEAR,
    QUADRATIC,
    SITES,
    layer_of,
    rows,
    vectors_of,
)


def test_label_vector_worked_by_hand():
    """Rows 110 (u=1, weight 2), 100 (u=1, 1), 011 (u=0, 1): <u> = 3/4, <v> = (3, 3, 1) / 4."""
    data = TrainingData(
        torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]], dtype=torch.uint8),
        torch.tensor([1, 1, 0, -1]),
        torch.tensor([2.0, 1.0, 1.0, 7.0]),
    )
    found = vectors_of(make_layer("bernoulli", 3, 2), data)
    # <u v> = (3, 2, 0) / 4, minus <u><v> = (9, 9, 3) / 16
    expected = torch.tensor([[3 / 16, -1 / 16, -3 / 16]], dtype=torch.float64)
    torch.testing.assert_close(found, expected)
    spins = vectors_of(make_layer("spin", 3, 2), data)
    torch.testing.assert_close(spins, 2 * expected)


def test_unlabelled_rows_do_not_enter():
    layer, data = layer_of("bernoulli"), rows()
    other = data._replace(data=torch.where(data.labels.unsqueeze(-1) < 0, 1 - data.data, data.data))
    assert not torch.equal(other.data, data.data)
    torch.testing.assert_close(vectors_of(layer, data), vectors_of(layer, other))


def test_few_labels_are_balanced_nested_and_belong_to_the_seed():
    data = rows()
    few = LINEAR(rows_per_class=3).known(data, seed=0)
    known = few.labels >= 0
    assert few.labels[known].bincount().tolist() == [3] * CLASSES
    assert torch.equal(few.labels[known], data.labels[known])
    assert torch.equal(few.data, data.data)  # the machine still learns from all rows
    fewer = LINEAR(rows_per_class=2).known(data, seed=0)
    assert not (fewer.labels[~known] >= 0).any()
    assert torch.equal(few.labels, QUADRATIC(strength=1, rows_per_class=3).known(data, 0).labels)
    assert not torch.equal(few.labels, LINEAR(rows_per_class=3).known(data, seed=1).labels)
    assert LINEAR().known(data, seed=0) is data


def test_the_vector_of_one_label_a_class_is_a_difference_of_two_rows():
    """Weights 1: u is 0 and 1, so that q = (v1 - v0) / 4."""
    data = rows(classes=2)._replace(weights=torch.ones(60))
    few = LINEAR(rows_per_class=1).known(data, seed=4)
    first, second = (data.data[few.labels == label].double() for label in (0, 1))
    torch.testing.assert_close(vectors_of(layer_of("bernoulli"), few), (second - first) / 4)


def test_more_labels_than_there_are_rows_of_a_class_are_refused():
    data = rows(number=20)
    with pytest.raises(LabelError, match="label 0 has 5 rows; expected 6 of each label"):
        LINEAR(rows_per_class=6).known(data, seed=0)


def test_class_balance_enters_by_the_weights():
    """Two classes: it only scales the vector. Three: it turns the vectors, not their span."""
    layer = layer_of("bernoulli")
    for classes, turns in ((2, False), (3, True)):
        data = rows(classes=classes)
        heavy = data._replace(weights=data.weights * torch.where(data.labels == 0, 5.0, 1.0))
        plain, balanced = vectors_of(layer, data), vectors_of(layer, heavy)
        cosine = torch.cosine_similarity(plain[0], balanced[0], dim=0)
        assert (cosine < 0.9999) == turns
        assert torch.linalg.matrix_rank(torch.cat([plain, balanced]), rtol=1e-5) == classes - 1


@pytest.mark.parametrize("centred", [False, True])
def test_one_hot_vectors_and_matrices_are_in_the_zero_sum_gauge(centred):
    layer, data = layer_of("potts"), labelled_rows(rows("potts"))
    targets = class_indicators(data.labels)
    vectors = covariance_vectors(layer, data, targets)
    assert vectors.unflatten(1, (SITES, 4)).sum(-1).abs().max() < 1e-15
    matrices = covariance_matrices(layer, data, targets, centred=centred)
    assert matrices.unflatten(2, (SITES, 4)).sum(-1).abs().max() < 1e-15
    torch.testing.assert_close(matrices, matrices.mT)


def test_blocks_of_rows_make_no_difference(monkeypatch):
    layer, data = layer_of("potts"), labelled_rows(rows("potts"))
    targets = class_indicators(data.labels)
    whole = covariance_matrices(layer, data, targets, centred=True)
    monkeypatch.setattr("ebmflow.training.constraints.label_vectors.BLOCK_ROWS", 7)
    torch.testing.assert_close(whole, covariance_matrices(layer, data, targets, centred=True))


def test_absolute_magnetisation_of_spins():
    layer = make_layer("spin", 4, 2)
    codes = torch.tensor([[1, 1, 1, 1], [0, 0, 0, 1], [0, 1, 0, 1]], dtype=torch.uint8)
    data = TrainingData(codes, None, torch.ones(3))
    assert absolute_magnetisation(layer, data).flatten().tolist() == [4, 2, 0]


def test_independent_entries_have_no_significant_component_and_copies_have_one():
    layer = make_layer("bernoulli", 40, 2)
    codes = torch.randint(2, (400, 40), generator=torch.Generator().manual_seed(0))
    noise = TrainingData(codes.to(torch.uint8), None, torch.ones(400))
    # The largest eigenvalue scatters around the edge; far above it there is none.
    assert significant_components(layer, noise) <= 1
    codes[:, :20] = codes[:, :1]
    copies = TrainingData(codes.to(torch.uint8), None, torch.ones(400))
    assert significant_components(layer, copies) >= 1
    few = copies._replace(weights=torch.cat([torch.ones(10), torch.full((390,), 1e-9)]))
    # Ten rows that count: forty entries show nothing beyond the twenty copies.
    assert significant_components(layer, few) == 1
