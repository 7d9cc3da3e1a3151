"""RAPID: pattern coupling, closed-form pattern gradients, pattern-induced negative phase."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.families.base import make_layer
from ebmflow.training.gradients.base import Batch
from ebmflow.training.gradients.pattern import PatternInduced
from ebmflow.training.recipe import Recipe


def pattern_machine(data="spin", labels=True, k=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    visible = {"data": make_layer(data, 5, 3 if data == "potts" else 2, False)}
    if labels:
        visible["label"] = make_layer("potts", 1, 3, False)
    hidden = make_layer("spin", 6, 2, False)
    draw = lambda size: torch.randn((k, size), generator=generator)  # noqa: E731
    patterns = Patterns({g: draw(layer.size) for g, layer in visible.items()}, draw(6))
    return RBM(visible, hidden, patterns, gauge="none"), generator


def test_weights_are_the_scaled_product_of_the_patterns():
    model, _ = pattern_machine()
    xi_v, xi_h = model.coupling.visible["data"], model.coupling.hidden
    for i in range(5):
        for a in range(6):
            expected = sum(xi_v[k, i] * xi_h[k, a] for k in range(4)) / 2  # sqrt(K) = 2
            torch.testing.assert_close(model.coupling.weights["data"][i, a], expected)


@pytest.mark.parametrize("data", ["spin", "potts"])
def test_pattern_gradient_ascends_the_free_energy_difference(data):
    """App. A with the sign of A6: the chain rule by hand equals automatic differentiation."""
    model, generator = pattern_machine(data)
    rows = model.random_chains(8, generator).visible
    other = model.random_chains(8, generator).visible
    ones = torch.ones(8)
    gradient = model.gradient(
        model.data_statistics(rows, ones, generator),
        model.data_statistics(other, ones, generator),
        centred=False,
    )
    parameters = model.named_parameters()
    for tensor in parameters.values():
        tensor.requires_grad_()
    model.coupling.refresh()
    ascent = model.free_energy(other).mean() - model.free_energy(rows).mean()
    for name, tensor in parameters.items():
        (expected,) = torch.autograd.grad(ascent, tensor, retain_graph=True)
        torch.testing.assert_close(gradient[name], expected)


def test_negative_phase_is_the_average_over_the_signs_of_the_patterns():
    model, generator = pattern_machine()
    batch_rows = model.random_chains(3, generator).visible
    batch = Batch(batch_rows, torch.ones(3), batch_rows, torch.ones(3))
    (gradient,) = PatternInduced().estimate(model, batch, None, generator).gradients
    signs = {
        "data": (model.coupling.visible["data"] > 0).to(torch.uint8),
        "label": model.coupling.visible["label"].argmax(-1, keepdim=True).to(torch.uint8),
    }
    expected = model.gradient(
        model.data_statistics(batch_rows, torch.ones(3), generator),
        model.data_statistics(signs, torch.ones(4), generator),
        centred=False,
    )
    for name, value in expected.items():
        torch.testing.assert_close(gradient[name], value)


@pytest.mark.parametrize("seeds", ["binary", "continuous"])
def test_long_chains_from_patterns_reach_the_model(seeds):
    """Patterns repeated many times, many sweeps: the negative phase is the model's own."""
    model, generator = pattern_machine(k=4)
    repeat = 5000
    many = Patterns(
        # A quarter of the size: chains of the strong machine do not cross between its two modes.
        {g: p.repeat(repeat, 1) * repeat**-0.25 / 4 for g, p in model.coupling.visible.items()},
        model.coupling.hidden.repeat(repeat, 1) * repeat**-0.25,
    )
    model.coupling = many
    estimator = PatternInduced(sweeps=40, seeds=seeds, binarise="clip")
    chains = estimator._pattern_chains(model, generator)
    free = model.advance(model.random_chains(20000, generator), 40, generator)
    for group, layer in model.visible.items():
        difference = layer.expand(chains.visible[group]).mean(0) - layer.expand(
            free.visible[group]
        ).mean(0)
        assert difference.abs().max() < 5 * (2 / 20000) ** 0.5


def test_binarisation_by_sign_happens_at_the_end_of_an_epoch_only():
    model, generator = pattern_machine()
    before = model.coupling.hidden.clone()
    PatternInduced().after_step(model, False, generator)
    assert torch.equal(model.coupling.hidden, before)
    PatternInduced().after_step(model, True, generator)
    assert torch.equal(model.coupling.hidden, before.sign())
    expected = model.coupling.visible["data"].T @ before.sign() / 2
    torch.testing.assert_close(model.coupling.weights["data"], expected)


def test_binarisation_by_clipping_bounds_every_update():
    model, generator = pattern_machine()
    before = model.coupling.hidden.clone()
    PatternInduced(binarise="clip").after_step(model, False, generator)
    assert torch.equal(model.coupling.hidden, before.clamp(-1, 1))


def test_binarisation_by_gibbs_gives_spin_configurations_that_follow_the_conditionals():
    model, generator = pattern_machine(labels=False, k=4)
    xi_h = model.coupling.hidden.clone()
    xi_v = model.coupling.visible["data"].clone()
    up = torch.sigmoid(2 * xi_h @ model.coupling.weights["data"].T)
    total, draws = torch.zeros_like(up), 4000
    for _ in range(draws):
        PatternInduced(binarise="gibbs").after_step(model, False, generator)
        assert set(model.coupling.visible["data"].unique().tolist()) <= {-1.0, 1.0}
        total += model.coupling.visible["data"] > 0
        model.coupling.visible["data"].copy_(xi_v)
        model.coupling.hidden.copy_(xi_h)
        model.refresh()
    assert (total / draws - up).abs().max() < 5 * (0.25 / draws) ** 0.5


def test_patterns_are_required():
    recipe = Recipe.model_validate(
        {
            "model": {"kind": "rbm", "hidden": {"units": 3}, "labels": False},
            "gradient": {"kind": "pattern_induced"},
            "updates": 1,
        }
    )
    with pytest.raises(ConfigError, match=r"expected model\.coupling\.kind: patterns"):
        recipe.check("binary", False)


@pytest.mark.parametrize("initial", ["binary", "uniform"])
def test_initial_patterns(initial):
    family = component("model", "rbm").model_validate(
        {
            "visible": "spin",
            "hidden": {"kind": "spin", "units": 50},
            "labels": False,
            "fields": False,
            "coupling": {"kind": "patterns", "patterns": 20, "initial": initial},
        }
    )
    model = family.build(StateSpace("binary", 40, 2, 0), None, torch.Generator().manual_seed(0))
    values = model.coupling.visible["data"]
    assert values.abs().max() <= 1
    assert (values.abs() == 1).all() == (initial == "binary")
    assert values.mean().abs() < 5 / (20 * 40) ** 0.5
    assert set(model.named_parameters()) == {"pattern.data", "pattern.hidden"}


def test_machines_trained_without_chains_still_generate_by_chains():
    """Zero sweeps of training must not become zero sweeps of generation: that is a random start."""
    assert PatternInduced().generation_sweeps == component("gradient", "exact")().generation_sweeps
    assert PatternInduced().generation_sweeps > 1
    assert PatternInduced(sweeps=3).generation_sweeps == 3
