"""The RBM's formulas on machines small enough for loops over all states."""

from __future__ import annotations

import itertools

import pytest
import torch

from ebmflow.core import exact
from ebmflow.core.couplings.dense import Dense
from ebmflow.core.rbm import RBM
from ebmflow.errors import NotEnumerable
from ebmflow.training.families.base import make_layer
from tests.support.machines import make_rbm

DATA, HIDDEN = ["bernoulli", "spin", "potts"], ["bernoulli", "spin"]
PAIRS = list(itertools.product(DATA, HIDDEN))


def all_states(model):
    """All joint configurations: group codes and hidden codes, flat."""
    data = model.visible["data"].all_configurations()
    label = model.visible["label"].all_configurations()
    hidden = model.hidden.all_configurations()
    index = torch.cartesian_prod(*(torch.arange(len(part)) for part in (data, label, hidden)))
    return {"data": data[index[:, 0]], "label": label[index[:, 1]]}, hidden[index[:, 2]]


def naive_energy(model, visible, hidden):
    """The energy by explicit loops over units (Eq. 2 of the F&F paper, any unit types)."""
    h = model.hidden.expand(hidden)
    energy = -(h * model.hidden.field).sum()
    for group, layer in model.visible.items():
        v = layer.expand(visible[group])
        for i in range(layer.size):
            energy -= layer.field[i] * v[i]
            for mu in range(model.hidden.size):
                energy -= v[i] * model.coupling.weights[group][i, mu] * h[mu]
    return energy


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_energy_equals_the_sum_over_units(data, hidden):
    model = make_rbm(data, hidden)
    visible, codes = all_states(model)
    energies = model.energy(visible, codes)
    for row in range(0, len(codes), 37):
        one = {group: values[row] for group, values in visible.items()}
        torch.testing.assert_close(energies[row], naive_energy(model, one, codes[row]))


@pytest.mark.parametrize("beta", [1.0, 0.4])
@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_free_energy_sums_out_the_hidden_units(data, hidden, beta):
    model = make_rbm(data, hidden)
    every = model.hidden.all_configurations()
    data_codes = model.visible["data"].all_configurations()[:6]
    visible = {"data": data_codes, "label": torch.ones(len(data_codes), 1, dtype=torch.uint8)}
    energies = torch.stack(
        [model.energy(visible, h.expand(len(data_codes), -1)) for h in every], -1
    )
    expected = -torch.logsumexp(-beta * energies, -1) / beta
    torch.testing.assert_close(model.free_energy(visible, beta), expected)


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_log_partition_from_either_side(data, hidden, monkeypatch):
    model = make_rbm(data, hidden)
    visible, codes = all_states(model)
    expected = torch.logsumexp(-model.energy(visible, codes).double(), 0).item()
    for side in ("visible", "hidden"):
        monkeypatch.setattr(exact, "smaller_side", lambda model, limit=0, side=side: side)
        assert exact.log_partition(model) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("side", ["visible", "hidden"])
@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_exact_moments_from_either_side(data, hidden, side, monkeypatch):
    model = make_rbm(data, hidden)
    visible, codes = all_states(model)
    probability = torch.softmax(-model.energy(visible, codes), 0)
    h = model.hidden.expand(codes)
    monkeypatch.setattr(exact, "smaller_side", lambda model, limit=0: side)
    monkeypatch.setattr(exact, "BLOCK", 5)  # several blocks
    moments = exact.exact_moments(model)
    torch.testing.assert_close(moments.hidden, probability @ h)
    for group, layer in model.visible.items():
        v = layer.expand(visible[group])
        torch.testing.assert_close(moments.visible[group], probability @ v)
        torch.testing.assert_close(moments.pair[group], (probability[:, None] * v).T @ h)


@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_label_posterior_equals_enumeration(data, hidden):
    model = make_rbm(data, hidden)
    codes = model.visible["data"].all_configurations()
    scores = []
    for label in range(3):
        labels = torch.full((len(codes), 1), label, dtype=torch.uint8)
        scores.append(-model.free_energy({"data": codes, "label": labels}))
    expected = torch.log_softmax(torch.stack(scores, -1), -1)
    torch.testing.assert_close(model.label_log_probabilities(codes), expected)


def test_large_machines_are_refused_with_the_count():
    model = make_rbm(sites=40, units=30, classes=0)
    with pytest.raises(NotEnumerable, match=r"1\.074e\+09 states"):
        exact.log_partition(model)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize(("data", "hidden"), PAIRS)
def test_gradient_equals_automatic_differentiation(data, hidden, centred):
    """Plain: derivative of the exact log-likelihood. Centred: the same in centred coordinates."""
    model = make_rbm(data, hidden, gauge="none")
    generator = torch.Generator().manual_seed(1)
    rows = model.random_chains(6, generator).visible
    weights = torch.rand(6, generator=generator)
    positive = model.data_statistics(rows, weights, generator)
    gradient = model.gradient(positive, exact.exact_moments(model), centred=False)

    parameters = model.named_parameters()
    for tensor in parameters.values():
        tensor.requires_grad_()
    visible, codes = all_states(model)
    log_z = torch.logsumexp(-model.energy(visible, codes), 0)
    likelihood = -(weights / weights.sum() * model.free_energy(rows)).sum() - log_z
    expected = dict(
        zip(parameters, torch.autograd.grad(likelihood, list(parameters.values())), strict=True)
    )
    for tensor in parameters.values():
        tensor.requires_grad_(False)
    if centred:
        gradient = model.gradient(positive, exact.exact_moments(model), centred=True)
        expected = centred_by_definition(model, positive, expected)
    for name, value in expected.items():
        torch.testing.assert_close(gradient[name], value, atol=2e-6, rtol=1e-4)


def centred_by_definition(model, offsets, plain):
    """Gradient in parameters of E with v - o_v, h - o_h, mapped back to plain parameters."""
    weight = {
        g: plain[f"weight.{g}"]
        - torch.outer(offsets.visible[g], plain["field.hidden"])
        - torch.outer(plain[f"field.{g}"], offsets.hidden)
        for g in model.visible
    }
    result = {f"weight.{g}": w for g, w in weight.items()}
    for g, w in weight.items():
        result[f"field.{g}"] = plain[f"field.{g}"] - w @ offsets.hidden
    result["field.hidden"] = plain["field.hidden"] - sum(
        offsets.visible[g] @ w for g, w in weight.items()
    )
    return result


@pytest.mark.parametrize("units", [3, 9])
def test_half_of_the_states_are_enough_for_spins_without_fields(units, monkeypatch):
    """Both sides: 2^5 visible configurations against 2^3 and 2^9 hidden ones, in small blocks."""
    monkeypatch.setattr(exact, "BLOCK", 5)
    generator = torch.Generator().manual_seed(3)
    spins = [make_layer("spin", n, 2, False) for n in (5, units)]
    weights = {"data": torch.randn((5, units), generator=generator)}
    model = RBM({"data": spins[0]}, spins[1], Dense(weights), gauge="none")
    assert exact.is_mirrored(model)
    v = spins[0].expand(spins[0].all_configurations()).double()
    inputs = v @ weights["data"].double()
    log_weight = torch.log(2 * torch.cosh(inputs)).sum(1)
    assert exact.log_partition(model) == pytest.approx(torch.logsumexp(log_weight, 0).item())
    pair = (torch.softmax(log_weight, 0).unsqueeze(1) * v).T @ torch.tanh(inputs)
    found = exact.exact_moments(model)
    torch.testing.assert_close(found.pair["data"].double(), pair, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found.visible["data"], torch.zeros(5), atol=1e-6, rtol=0)
    torch.testing.assert_close(found.hidden, torch.zeros(units), atol=1e-6, rtol=0)


def test_a_field_breaks_the_mirror():
    assert not exact.is_mirrored(make_rbm("spin", "spin", classes=0))
