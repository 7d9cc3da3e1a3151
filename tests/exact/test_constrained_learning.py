"""Constrained machines climb the likelihood as far as the constraint allows, centred or not."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.exact import exact_moments
from ebmflow.core.moments import difference
from ebmflow.randomness import random_stream
from ebmflow.space import StateSpace
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.recipe import Recipe
from ebmflow.training.update import Method
from tests.support.constrained import CLASSES, KINDS, SITES, UNITS, rows

RATE = 0.1


def started(kind: str, centred: bool):
    """A machine with weights of order 1 that keep the constraint, its training and its rows."""
    data = rows(kind)
    recipe = Recipe.model_validate(
        {
            "model": {
                "kind": "rbm",
                "visible": kind,
                "labels": False,
                "gauge": "none",
                "hidden": {"units": UNITS},
                "coupling": {"kind": "dense", "initial_scale": 0.7},
            },
            "gradient": {"kind": "exact", "centred": centred},
            "optimiser": {"kind": "sgd", "learning_rate": RATE},
            "constraints": [{"kind": "linear", "released": 1}],
            "batch_size": len(data.weights),
            "updates": 1,
        }
    )
    space = StateSpace("categorical" if kind == "potts" else "binary", SITES, 4, CLASSES)
    unlabelled = data._replace(labels=None)
    model = recipe.model.build(space, unlabelled, random_stream(0, "initial"))
    constraints = recipe.constraints[0].prepare(model.visible["data"], UNITS, data)
    method = Method(recipe.gradient, recipe.optimiser, recipe.regularisation, constraints)
    order = BatchOrder(len(data.weights), recipe.batch_size, 0)
    state = start_training(model, unlabelled, method, order, random_stream(0, "chains"))
    return model, (unlabelled, method, state, order), constraints


def state_of(model):
    """Weights and fields, as copies."""
    named = model.named_parameters()
    return [named[name].clone() for name in ("weight.data", "field.data", "field.hidden")]


def allowed(constraints, matrix):
    """The part of a matrix (N, M) that the constraints leave."""
    kept = matrix.clone()
    for constraint in constraints:
        constraint.project(kept)
    return kept


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_an_update_is_the_projected_gradient_of_its_parameters(kind, centred):
    """Centred parameters: E = -(v - o_v) W (h - o_h) - a v - b h, with offsets o of the rows."""
    model, training, constraints = started(kind, centred)
    data = training[0]
    weight, field, hidden_field = state_of(model)
    positive = model.data_statistics({"data": data.data}, data.weights, torch.Generator())
    change = difference(positive, exact_moments(model))
    visible, hidden, pair = change.visible["data"], change.hidden, change.pair["data"]
    if centred:
        o_v, o_h = positive.visible["data"], positive.hidden
    else:
        o_v, o_h = torch.zeros_like(visible), torch.zeros_like(hidden)
    step = RATE * allowed(constraints, pair - torch.outer(o_v, hidden) - torch.outer(visible, o_h))

    run_training(model, *training[:3], training[3], 1, lambda *_: None)

    found = state_of(model)
    torch.testing.assert_close(found[0] - weight, step, rtol=0, atol=1e-6)
    # a = field + W o_h and b = hidden field + o_v W are what is climbed.
    torch.testing.assert_close(found[1] - field, RATE * visible - step @ o_h, rtol=0, atol=1e-6)
    torch.testing.assert_close(
        found[2] - hidden_field, RATE * hidden - o_v @ step, rtol=0, atol=1e-6
    )
    assert (RATE * pair - allowed(constraints, RATE * pair)).abs().max() > 1e-3, "nothing taken"
