"""Constraints on weights: what each must do for every unit type, and in training."""

from __future__ import annotations

import pytest
import torch

from ebmflow.errors import ConfigError, DataError, LabelError
from ebmflow.randomness import random_stream
from ebmflow.registry import names
from ebmflow.space import StateSpace
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_matrices,
    labelled_rows,
)
from ebmflow.training.families.base import TrainingData, make_layer
from ebmflow.training.loop import BatchOrder, run_training, start_training
from ebmflow.training.recipe import Recipe
from ebmflow.training.update import Method
from tests.support.constrained import (
    CLASSES,
    KINDS,
    LINEAR,
    QUADRATIC,
    SITES,
    UNITS,
    layer_of,
    rows,
    vectors_of,
    weights_of,
)

# -- linear ---------------------------------------------------------------------------------------


def project(constraints, weight):
    result = weight.clone()
    for constraint in constraints:
        constraint.project(result)
    return result


@pytest.mark.parametrize("released", [0, 1, 2, "one_per_vector"])
@pytest.mark.parametrize("kind", KINDS)
def test_projection_is_idempotent_and_orthogonal(kind, released):
    layer, data = layer_of(kind), rows(kind)
    constraints = LINEAR(released=released).prepare(layer, UNITS, data)
    weight = weights_of(layer).double()
    once = project(constraints, weight)
    torch.testing.assert_close(project(constraints, once), once)
    # Pythagoras: what is removed is orthogonal to what stays, in each unit.
    removed = weight - once
    assert (removed * once).sum(0).abs().max() < 1e-12
    torch.testing.assert_close(
        weight.square().sum(0), once.square().sum(0) + removed.square().sum(0)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_released_units_are_free_along_their_own_vector_only(kind):
    layer, data = layer_of(kind), rows(kind)
    constraints = LINEAR(released="one_per_vector").prepare(layer, UNITS, data)
    weight = weights_of(layer).double()
    overlaps = vectors_of(layer, data) @ project(constraints, weight)
    bound = torch.zeros((CLASSES - 1, UNITS), dtype=torch.bool)
    bound[0, 0] = bound[1, 1] = True
    assert (overlaps[~bound].abs() < 1e-14).all()
    assert (overlaps[bound].abs() > 1e-3).all()
    groups = torch.cat([constraint.hidden_units for constraint in constraints])
    assert groups.tolist() == list(range(UNITS)), "groups must be disjoint and complete"


def test_one_released_unit_of_two_classes_is_quite_free():
    layer, data = layer_of("bernoulli"), rows(classes=2)
    weight = weights_of(layer)
    after = project(LINEAR(released=1).prepare(layer, UNITS, data), weight)
    assert torch.equal(after[:, 0], weight[:, 0])
    assert not torch.equal(after[:, 1], weight[:, 1])


def test_uniform_vector_makes_weight_vectors_add_up_to_zero():
    layer = layer_of("spin")
    data = rows("spin", unlabelled=False)._replace(labels=None)
    after = project(LINEAR(vector="uniform").prepare(layer, UNITS, data), weights_of(layer))
    assert after.sum(0).abs().max() < 1e-6


# -- quadratic ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"rank": 2}, {"centred": True}, {"released": 2}])
@pytest.mark.parametrize("kind", KINDS)
def test_penalty_gradient_equals_automatic_differentiation(kind, options):
    layer, data = layer_of(kind), rows(kind)
    for constraint in QUADRATIC(strength=3.0, **options).prepare(layer, UNITS, data):
        weight = weights_of(layer).double().requires_grad_()
        (expected,) = torch.autograd.grad(constraint.penalty(weight), weight)
        found = constraint.penalty_gradient(weight.detach())
        torch.testing.assert_close(found, expected)
        assert expected.abs().max() > 1e-3
        assert (
            torch.equal(found[:, : options.get("released", 0)], weight[:, :0].expand(-1, 0))
            or (found[:, : options["released"]] == 0).all()
        )


@pytest.mark.parametrize("kind", KINDS)
def test_all_eigenvalues_give_the_matrix_back(kind):
    layer, data = layer_of(kind), rows(kind)
    known = labelled_rows(data)
    targets = class_indicators(known.labels)
    matrices = covariance_matrices(layer, known, targets, centred=False)
    for constraint, matrix in zip(
        QUADRATIC(strength=1.0).prepare(layer, UNITS, data), matrices, strict=True
    ):
        rebuilt = constraint.factors * constraint.signs @ constraint.factors.T
        torch.testing.assert_close(rebuilt, matrix)


def test_rank_keeps_the_largest_eigenvalues():
    layer, data = layer_of("spin"), rows("spin")
    full = QUADRATIC(strength=1.0).prepare(layer, UNITS, data)[0]
    cut = QUADRATIC(strength=1.0, rank=2).prepare(layer, UNITS, data)[0]
    sizes = full.factors.square().sum(0)
    assert cut.factors.shape[1] == 2
    torch.testing.assert_close(cut.factors.square().sum(0), sizes.sort(descending=True).values[:2])


def test_marchenko_pastur_keeps_fewer_eigenvalues_than_there_are():
    layer = make_layer("spin", 30, 2)
    generator = torch.Generator().manual_seed(3)
    labels = torch.arange(300) % 2
    codes = torch.randint(2, (300, 30), generator=generator)
    # In class 1 the first ten sites agree.
    codes[:, :10] = torch.where(labels.unsqueeze(-1) == 1, codes[:, :1], codes[:, :10])
    data = TrainingData(codes.to(torch.uint8), labels, torch.ones(300))
    (cut,) = QUADRATIC(strength=1.0, rank="marchenko_pastur").prepare(layer, UNITS, data)
    assert 1 <= cut.factors.shape[1] <= 3
    first = cut.factors[:, 0].abs()
    assert first[:10].min() > 2 * first[10:].max(), "the top component must be the ten sites"


def test_ising_matrix_of_eq_18():
    """Q_ij = <|m| v_i v_j> - <|m|><v_i v_j>, by loops."""
    layer = layer_of("spin")
    data = rows("spin", unlabelled=False)._replace(labels=None)
    (constraint,) = QUADRATIC(strength=1.0, vector="absolute_magnetisation").prepare(
        layer, UNITS, data
    )
    v, share = layer.expand(data.data).double(), (data.weights / data.weights.sum()).double()
    size = v.sum(1).abs()
    mean = sum(float(s) * float(m) for s, m in zip(share, size, strict=True))
    for i in range(SITES):
        for j in range(SITES):
            pair = v[:, i] * v[:, j]
            expected = (share * size * pair).sum() - mean * (share * pair).sum()
            found = (constraint.factors[i] * constraint.signs * constraint.factors[j]).sum()
            torch.testing.assert_close(found, expected, atol=1e-7, rtol=1e-6)


# -- in training ----------------------------------------------------------------------------------


def recipe(constraints, kind="bernoulli", **options):
    settings = {
        "model": {
            "kind": "rbm",
            "visible": kind,
            "labels": False,
            "hidden": {"units": UNITS},
            "coupling": {"kind": "dense", "initial_scale": 0.3},
        },
        "gradient": {"kind": "persistent", "sweeps": 1, "chains": 20},
        "optimiser": {"kind": "adam", "learning_rate": 0.05},
        "constraints": constraints,
        "batch_size": 20,
        "updates": 15,
    }
    return Recipe.model_validate({**settings, **options})


def prepared(settings, kind, data):
    """Model, method, start state and batch order, as the stage puts them together."""
    space = StateSpace("categorical" if kind == "potts" else "binary", SITES, 4, CLASSES)
    unlabelled = data._replace(labels=None)
    model = settings.model.build(space, unlabelled, random_stream(0, "initial"))
    constraints = [
        one
        for options in settings.constraints
        for one in options.prepare(model.visible["data"], UNITS, data)
    ]
    method = Method(settings.gradient, settings.optimiser, settings.regularisation, constraints)
    order = BatchOrder(len(data.weights), settings.batch_size, 0)
    state = start_training(model, unlabelled, method, order, random_stream(0, "chains"))
    return model, unlabelled, method, state, order


@pytest.mark.parametrize("kind", KINDS)
def test_orthogonality_survives_adam_and_the_gauge(kind):
    data = rows(kind)
    settings = recipe([{"kind": "linear", "released": 2}], kind)
    model, unlabelled, method, state, order = prepared(settings, kind, data)
    q = torch.nn.functional.normalize(vectors_of(model.visible["data"], data))
    initial = model.coupling.weights["data"].clone()
    assert (q @ initial.double())[:, 2:].abs().max() < 1e-7, "initial weights must be projected"

    seen = []

    def record(state, gradient):
        weight = model.coupling.weights["data"].double()
        seen.append((q @ weight)[:, 2:].abs().max().item() / weight.norm(dim=0).max().item())
        if kind == "potts":
            assert weight.unflatten(0, (SITES, 4)).sum(1).abs().max() < 1e-5

    run_training(model, unlabelled, method, state, order, settings.updates, record)
    assert len(seen) == 15
    assert max(seen) < 1e-6
    assert (model.coupling.weights["data"] - initial).abs().max() > 0.1, "weights must learn"


def test_a_penalty_makes_second_order_traces_small():
    data = rows("spin")
    traces = []
    for strength in (1e-9, 1000.0):
        settings = recipe([{"kind": "quadratic", "strength": strength}], "spin", updates=200)
        model, unlabelled, method, state, order = prepared(settings, "spin", data)
        run_training(model, unlabelled, method, state, order, 200, lambda *_: None)
        weight = model.coupling.weights["data"]
        penalties = [one.penalty(weight) / one.strength for one in method.constraints]
        traces.append(sum(penalties).item() / weight.square().sum().item() ** 2)
    assert traces[1] < traces[0] / 10


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", names("constraint"))
def test_impossible_pairs_are_refused_when_the_recipe_is_read(kind):
    constraint = {"kind": kind, **({"strength": 1.0} if kind == "quadratic" else {})}
    recipe([constraint]).check("binary", True)
    with pytest.raises(ConfigError, match="has no labels"):
        recipe([constraint]).check("binary", False)
    with pytest.raises(ConfigError, match="at most 4, so that"):
        recipe([{**constraint, "released": UNITS}]).check("binary", True)
    patterns = {"kind": "rbm", "labels": False, "hidden": {"units": UNITS, "kind": "spin"}}
    patterns["coupling"] = {"kind": "patterns", "patterns": 2}
    with pytest.raises(ConfigError, match=r"coupling 'patterns'; expected .*coupling.kind: dense"):
        recipe([constraint], model=patterns).check("binary", True)
    chaotic = {"kind": "chaotic_two_layer", "labels": False, "target_time": 5.0}
    with pytest.raises(ConfigError, match=r"coupling\.kind: dense"):
        recipe(
            [constraint],
            model=chaotic,
            gradient={"kind": "random_start", "sweeps": 5, "centred": False},
        ).check("binary", True)


def test_ising_vectors_need_their_units():
    recipe([{"kind": "linear", "vector": "uniform"}]).check("binary", False)
    with pytest.raises(ConfigError, match="'uniform' with potts units"):
        recipe([{"kind": "linear", "vector": "uniform"}], "potts").check("categorical", True)
    with pytest.raises(ConfigError, match="at most 1, one a vector"):
        recipe([{"kind": "linear", "vector": "uniform", "released": 2}]).check("binary", False)
    with pytest.raises(ConfigError, match="few labels for vector 'uniform', which needs none"):
        recipe([{"kind": "linear", "vector": "uniform", "rows_per_class": 2}]).check("binary", True)
    magnetic = {"kind": "quadratic", "strength": 1.0, "vector": "absolute_magnetisation"}
    recipe([magnetic], "spin").check("binary", False)
    with pytest.raises(ConfigError, match=r"with bernoulli units; expected model.visible: spin"):
        recipe([magnetic]).check("binary", True)


def test_what_only_the_data_can_tell_is_refused_before_training():
    layer, data = layer_of("bernoulli"), rows()
    with pytest.raises(ConfigError, match="3 released units for 2 constraint vector"):
        LINEAR(released=3).prepare(layer, UNITS, data)
    with pytest.raises(ConfigError, match="2 released units of 2"):
        LINEAR(released="one_per_vector").prepare(layer, 2, data)
    with pytest.raises(LabelError, match="label 1 has none"):
        LINEAR().prepare(layer, UNITS, data._replace(labels=data.labels * 2))
    with pytest.raises(LabelError, match="at least two classes"):
        LINEAR().prepare(layer, UNITS, data._replace(labels=data.labels.clamp(max=0)))
    same = data._replace(data=torch.ones_like(data.data))
    with pytest.raises(DataError, match="differ in 0 directions only"):
        LINEAR().prepare(layer, UNITS, same)


def test_negative_or_unknown_numbers_of_released_units_are_no_options():
    for wrong in (-1, "all", 1.5):
        with pytest.raises(ValueError, match="released"):
            LINEAR(released=wrong)
