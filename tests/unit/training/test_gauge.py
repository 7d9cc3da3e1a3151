"""The gauge must leave the distribution as it is, unless the published quirk is asked for."""

from __future__ import annotations

import pytest
import torch

from ebmflow.core.exact import visible_configurations
from tests.support.machines import make_rbm


def free_energies(model):
    blocks = [model.free_energy(codes) for codes in visible_configurations(model.visible)]
    return torch.cat(blocks)


@pytest.mark.parametrize("hidden", ["bernoulli", "spin"])
def test_free_energy_differences_are_unchanged(hidden):
    model = make_rbm("potts", hidden)
    before = free_energies(model)
    model.refresh()
    after = free_energies(model)
    torch.testing.assert_close(after - after[0], before - before[0], atol=2e-5, rtol=1e-5)


def test_weights_and_fields_are_zero_sum_over_states():
    model = make_rbm("potts")
    model.refresh()
    for group, layer in model.visible.items():
        by_site = model.coupling.weights[group].unflatten(0, (layer.sites, layer.states))
        assert by_site.sum(1).abs().max() < 1e-5
        assert layer.field.unflatten(0, (layer.sites, layer.states)).sum(1).abs().max() < 1e-5


def test_the_gauge_is_idempotent_and_keeps_field_differences():
    model = make_rbm("potts")
    field = model.visible["data"].field.clone()
    model.refresh()
    once = {name: t.clone() for name, t in model.named_parameters().items()}
    model.refresh()
    for name, tensor in model.named_parameters().items():
        torch.testing.assert_close(tensor, once[name])
    assert (model.visible["data"].field - field).abs().max() > 0.01
    assert model.visible["data"].field.abs().max() > 0.1, "fields must not be frozen at zero"


def test_the_published_gauge_changes_the_distribution():
    model = make_rbm("potts", gauge="zero_sum_uncompensated")
    before = free_energies(model)
    model.refresh()
    after = free_energies(model)
    assert (after - after[0] - before + before[0]).abs().max() > 0.1
