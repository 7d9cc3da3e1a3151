"""RAPID learns 4 x 4 bars in tens of epochs, CD needs many more; RAPID takes labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ebmflow.config.definitions import Definitions
from ebmflow.config.stage_settings import training_spec
from ebmflow.data.generators.bars_and_stripes import bars
from ebmflow.randomness import random_stream
from ebmflow.space import StateSpace
from ebmflow.stages.model_view import ModelView
from ebmflow.training.families.base import TrainingData
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.recipe import Recipe
from ebmflow.training.update import Method
from tests.support.datasets import toy_dataset

MODELS = Path(__file__).parents[2] / "config" / "models"
EPOCHS = 30


def recipe_of(name, dataset, **options):
    recipe = Definitions([]).recipe_file(MODELS / f"{name}.yaml", dataset)
    return Recipe.model_validate({**training_spec(recipe), **options})


def trained(recipe, space, data, seed, updates=None, epochs=None):
    model = recipe.model.build(space, data, random_stream(seed, "train", "initial"))
    order = BatchOrder(len(data.data), recipe.batch_size, seed)
    method = Method(recipe.gradient, recipe.optimiser, recipe.regularisation, (), order.per_epoch)
    last = epochs * order.per_epoch if epochs else updates
    with torch.inference_mode():
        state = start_training(model, data, method, order, random_stream(seed, "train", "chains"))
        run_training(model, data, method, state, order, last, lambda *facts: None)
    return model


def bars_distance(name, seed):
    """Mean Hamming distance per site of completed training pictures after EPOCHS."""
    pictures, patterns = bars(4)
    held_out = [list(p) in ([1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0])
                for p in patterns.tolist()]  # fmt: skip
    rows = pictures[~np.array(held_out)]
    data = TrainingData(torch.from_numpy(rows), None, torch.ones(len(rows)))
    space = StateSpace("binary", 16, 2, 0)
    model = trained(recipe_of(name, "bars_4x4"), space, data, seed, epochs=EPOCHS)
    many = np.repeat(rows, 50, axis=0)
    given = np.broadcast_to(np.arange(16) < 4, many.shape)
    return (ModelView(model).reconstruct(many, given.copy(), 1, True, seed) != many).mean()


def test_patterns_learn_bars_in_tens_of_epochs_and_contrastive_divergence_does_not():
    by_patterns = [bars_distance("rapid_bars", seed) for seed in range(5)]
    by_chains = [bars_distance("bars_cd", seed) for seed in range(2)]
    assert np.median(by_patterns) < 0.06
    assert min(by_chains) > 0.12


@pytest.mark.parametrize("alphabet", ["binary", "dna"])
def test_patterns_with_labels_classify_held_out_rows(alphabet):
    dataset = toy_dataset(rows=200, sites=12, alphabet=alphabet)
    train, test = dataset.part("train"), dataset.part("test")
    data = TrainingData(
        torch.from_numpy(train.codes), torch.from_numpy(train.labels), torch.ones(len(train.labels))
    )
    recipe = recipe_of("rapid_labelled", "toy", batch_size=40)
    model = trained(recipe, dataset.space, data, 0, updates=150)
    predicted = model.label_log_probabilities(torch.from_numpy(test.codes)).argmax(1).numpy()
    # 40 rows of three classes: chance is 0.33 with a deviation of 0.075.
    assert (predicted == test.labels).mean() > 0.33 + 4 * 0.075
