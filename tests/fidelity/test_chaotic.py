"""Chaotic generators against the naive transcription of Fournier, Urbani 2025."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.gradients.base import Batch
from tests.reference import chaotic as paper

DT, TAU, T, RATE = 1.0, 10.0, 20.0, 0.3
SITES, ROWS = 6, 5


@pytest.fixture(autouse=True)
def _double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def build(kind: str, space: StateSpace, seed: int = 0, **options):
    """Model whose trained parameters are not zero, so that every term of the formulas counts."""
    generator = torch.Generator().manual_seed(seed)
    family = component("model", kind)(target_time=T, **options)
    model = family.build(space, None, generator)
    for name, parameter in model.named_parameters().items():
        values = torch.randn(parameter.shape, generator=generator)
        symmetric = name.startswith("weight") and values.ndim == 2 and kind.endswith("unrestricted")
        parameter.copy_(values + values.T if symmetric else values)
    model.refresh()
    return model


def one_update(model, batch: dict[str, torch.Tensor], seed: int, gradient: str = "random_start"):
    """Gradient of one batch by the project's estimator; a second generator repeats its draws."""
    estimator = component("gradient", gradient)(sweeps=round(T / DT), centred=False)
    weights = torch.ones(ROWS)
    generator = torch.Generator().manual_seed(seed)
    estimate = estimator.estimate(model, Batch(batch, weights, batch, weights), None, generator)
    return estimate.gradients[0], torch.Generator().manual_seed(seed)


def starts(model, generator):
    """Initial currents as the model draws them: first the clamped phase's, then the free one's."""
    clamped, free = (model.random_chains(ROWS, generator) for _ in range(2))
    return clamped, free


def real_rows(seed: int = 5) -> torch.Tensor:
    return 2 * torch.rand((ROWS, SITES), generator=torch.Generator().manual_seed(seed)) - 1


def arrays(tensors):
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def test_unrestricted_update_is_equation_3():
    model = build("chaotic_unrestricted", StateSpace("real", SITES, 0, 0), labels=False)
    rows = real_rows()
    gradient, generator = one_update(model, {"data": rows}, seed=9)
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())
    _, free = starts(model, generator)
    v = paper.unrestricted_free(
        free.visible["data"].numpy(),
        r["random.data.data"],
        p["weight.data"],
        p["field.data"],
        DT,
        TAU,
        T,
    )
    delta_a, delta_b = paper.unrestricted_update(rows.numpy(), v, RATE)
    assert_allclose(RATE * gradient["weight.data"], delta_a, atol=1e-12)
    assert_allclose(RATE * gradient["field.data"], delta_b, atol=1e-12)


def test_two_layer_update_is_equation_6():
    model = build(
        "chaotic_two_layer", StateSpace("real", SITES, 0, 0), labels=False, hidden_units=4
    )
    rows = real_rows()
    gradient, generator = one_update(model, {"data": rows}, seed=9)
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())
    clamped, free = starts(model, generator)
    up, down, a = r["random.hidden.data"], r["random.data.hidden"], p["weight.data"]
    h_clamped = paper.two_layer_clamped(
        rows.numpy(), clamped.hidden.numpy(), up, a, p["field.hidden"], TAU, T
    )
    v, h = paper.two_layer_free(
        free.visible["data"].numpy(),
        free.hidden.numpy(),
        down,
        up,
        a,
        p["field.data"],
        p["field.hidden"],
        DT,
        TAU,
        T,
    )
    changes = paper.hebbian(rows.numpy(), np.tanh(h_clamped), np.tanh(v), np.tanh(h), RATE)
    for name, change in zip(("weight.data", "field.data", "field.hidden"), changes, strict=True):
        assert_allclose(RATE * gradient[name], change, atol=1e-12, err_msg=name)


def test_three_layer_update_is_appendix_a():
    model = build(
        "chaotic_three_layer",
        StateSpace("real", SITES, 0, 0),
        labels=False,
        hidden_units=4,
        upper_hidden_units=3,
    )
    rows = real_rows()
    gradient, generator = one_update(model, {"data": rows}, seed=9)
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())

    def run(chains, xi):
        hidden = chains.hidden.numpy()
        return paper.three_layer(
            chains.visible["data"].numpy(),
            hidden[:, :4],
            hidden[:, 4:],
            r["random.data.hidden"],
            r["random.hidden.data"],
            r["random.hidden.upper_hidden"],
            r["random.upper_hidden.hidden"],
            p["weight.data"],
            p["weight.hidden"],
            p["field.data"],
            p["field.hidden"],
            p["field.upper_hidden"],
            DT,
            TAU,
            T,
            xi,
        )

    clamped, free = starts(model, generator)
    (v0, h0, g0), (v1, h1, g1) = run(clamped, rows.numpy()), run(free, None)
    delta_a1, delta_b, delta_c = paper.hebbian(v0, h0, v1, h1, RATE)
    delta_a2, _, delta_d = paper.hebbian(h0, g0, h1, g1, RATE)
    expected = {
        "weight.data": delta_a1,
        "weight.hidden": delta_a2,
        "field.data": delta_b,
        "field.hidden": delta_c,
        "field.upper_hidden": delta_d,
    }
    assert expected.keys() == gradient.keys()
    for name, change in expected.items():
        assert_allclose(RATE * gradient[name], change, atol=1e-12, err_msg=name)


def test_labels_are_visible_units_of_the_paper():
    """Labels as extra visibles: the paper's network on rows with the label units appended."""
    space = StateSpace("categorical", 3, 3, 2)
    model = build("chaotic_two_layer", space, hidden_units=4)
    draw = torch.Generator().manual_seed(2)
    batch = {
        "data": torch.randint(3, (ROWS, 3), generator=draw, dtype=torch.uint8),
        "label": torch.randint(2, (ROWS, 1), generator=draw, dtype=torch.uint8),
    }
    gradient, generator = one_update(model, batch, seed=4)
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())
    clamped, free = starts(model, generator)
    xi = np.concatenate(
        [one_hot_signs(batch["data"].numpy(), 3), one_hot_signs(batch["label"].numpy(), 2)], 1
    )
    down = np.concatenate([r["random.data.hidden"], r["random.label.hidden"]])
    up = np.concatenate([r["random.hidden.data"], r["random.hidden.label"]], 1)
    a = np.concatenate([p["weight.data"], p["weight.label"]])
    b = np.concatenate([p["field.data"], p["field.label"]])
    v_start = np.concatenate([free.visible["data"].numpy(), free.visible["label"].numpy()], 1)
    h_clamped = paper.two_layer_clamped(
        xi, clamped.hidden.numpy(), up, a, p["field.hidden"], TAU, T
    )
    v, h = paper.two_layer_free(
        v_start, free.hidden.numpy(), down, up, a, b, p["field.hidden"], DT, TAU, T
    )
    delta_a, delta_b, delta_c = paper.hebbian(xi, np.tanh(h_clamped), np.tanh(v), np.tanh(h), RATE)
    both = [gradient[f"weight.{g}"] for g in ("data", "label")]
    assert_allclose(RATE * torch.cat(both), delta_a, atol=1e-12)
    both = [gradient[f"field.{g}"] for g in ("data", "label")]
    assert_allclose(RATE * torch.cat(both), delta_b, atol=1e-12)
    assert_allclose(RATE * gradient["field.hidden"], delta_c, atol=1e-12)


def one_hot_signs(codes, states):
    rows = [[1.0 if code == s else -1.0 for code in row for s in range(states)] for row in codes]
    return np.array(rows)


def test_clamped_phase_closed_form_is_the_limit_of_small_euler_steps():
    space = StateSpace("real", SITES, 0, 0)
    model = build("chaotic_two_layer", space, labels=False, hidden_units=4)
    rows, generator = real_rows(), torch.Generator().manual_seed(3)
    start = model.random_chains(ROWS, torch.Generator().manual_seed(3))
    mean = model.data_statistics({"data": rows}, torch.ones(ROWS), generator).mean["hidden"]
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())

    def error(dt):
        h = paper.two_layer_clamped_by_euler(
            rows.numpy(),
            start.hidden.numpy(),
            r["random.hidden.data"],
            p["weight.data"],
            p["field.hidden"],
            dt,
            TAU,
            T,
        )
        return np.abs(np.tanh(h).mean(0) - mean.numpy()).max()

    coarse, fine = error(1.0), error(0.25)
    # Euler's error is of first order in dt: a quarter of the step, about a quarter of the error.
    assert 0 < fine < 0.3 * coarse < 0.01


def test_clamped_groups_are_held_in_the_three_phases_of_fast_and_functional():
    """With labels clamped the run equals the paper's with those visible activities held."""
    space = StateSpace("binary", SITES, 2, 3)
    model = build("chaotic_two_layer", space, hidden_units=4)
    labels = torch.tensor([[0], [1], [2], [0], [1]], dtype=torch.uint8)
    start = model.random_chains(ROWS, torch.Generator().manual_seed(1))
    chains = model.clamp(start, {"label": labels})
    after = model.advance(chains, 1, torch.Generator(), clamp=frozenset({"label"}))
    p, r = arrays(model.named_parameters()), arrays(model.named_buffers())
    xi = one_hot_signs(labels.numpy(), 3)
    up = np.concatenate([r["random.hidden.data"], r["random.hidden.label"]], 1)
    a = np.concatenate([p["weight.data"], p["weight.label"]])
    phi = np.concatenate([np.tanh(start.visible["data"].numpy()), xi], 1)
    h0 = start.hidden.numpy()
    h = paper.two_layer_clamped_by_euler(phi, h0, up, a, p["field.hidden"], DT, TAU, DT)
    assert_allclose(after.hidden, h, atol=1e-12)
    assert torch.equal(model.codes(after)["label"], labels)
