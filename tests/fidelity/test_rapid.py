"""RAPID against the naive transcription of Pozas-Kerstjens et al. 2021."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.registry import component
from ebmflow.training.families.base import make_layer
from ebmflow.training.gradients.base import Batch
from tests.reference import rapid as paper
from tests.support.draws import Draws

ROWS, SITES, UNITS, PATTERNS, RATE = 5, 4, 6, 3, 0.3


@pytest.fixture(autouse=True)
def _double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def machine():
    """Spins without fields; patterns off the corners, as they are between binarisations."""
    generator = torch.Generator().manual_seed(1)
    visible = {"data": make_layer("spin", SITES, 2, False)}
    parts = [torch.randn((PATTERNS, n), generator=generator) for n in (SITES, UNITS)]
    coupling = Patterns({"data": parts[0]}, parts[1])
    return RBM(visible, make_layer("spin", UNITS, 2, False), coupling, gauge="none")


def patterns(model):
    named = model.named_parameters()
    return named["pattern.data"].numpy().copy(), named["pattern.hidden"].numpy().copy()


def step(machine, **options):
    """Patterns before and after one update of the given estimator; rows and their weights."""
    generator = torch.Generator().manual_seed(2)
    codes = torch.randint(2, (ROWS, SITES), generator=generator, dtype=torch.uint8)
    weight = torch.rand(ROWS, generator=generator) + 0.1
    batch = Batch({"data": codes}, weight, {"data": codes}, weight)
    gradient = component("gradient", "pattern_induced")(**options)
    estimate = gradient.estimate(machine, batch, None, torch.Generator().manual_seed(3))
    before = patterns(machine)
    names = ("pattern.data", "pattern.hidden")
    after = [
        old + RATE * estimate.gradients[0][name].numpy()
        for old, name in zip(before, names, strict=True)
    ]
    return before, after, (2.0 * codes.numpy() - 1, weight.numpy())


@pytest.mark.parametrize("sweeps", [0, 2])
def test_update_is_algorithm_1(machine, sweeps):
    before, after, data = step(machine, sweeps=sweeps)
    draw = Draws(torch.Generator().manual_seed(3))
    expected = paper.update(*data, *before, RATE, sweeps, draw)
    assert_allclose(after[0], expected[0], atol=1e-12)
    assert_allclose(after[1], expected[1], atol=1e-12)


def test_the_hidden_part_of_the_patterns_is_equation_6(machine):
    before, after, data = step(machine, hidden="patterns")
    expected = paper.update_by_equation_6(*data, *before, RATE)
    assert_allclose(after[0], expected[0], atol=1e-12)
    assert_allclose(after[1], expected[1], atol=1e-12)
    assert np.abs(after[1] - step(machine)[1][1]).max() > 0.01


def test_sweeps_leave_no_hidden_part_of_the_patterns():
    gradient = component("gradient", "pattern_induced")(sweeps=1, hidden="patterns")
    family = component("model", "rbm")(
        hidden={"kind": "spin", "units": 4}, coupling={"kind": "patterns", "patterns": 2}
    )
    with pytest.raises(ConfigError, match="summed_out"):
        gradient.check(family, labelled=False)


def test_entries_are_clipped_to_the_bound(machine):
    before = patterns(machine)
    gradient = component("gradient", "pattern_induced")(binarise="clip", bound=0.4)
    gradient.after_step(machine, False, torch.Generator())
    for found, wanted in zip(patterns(machine), paper.clip(*before, x=0.4), strict=True):
        assert_allclose(found, wanted)


def test_effective_weights_are_equation_5(machine):
    assert_allclose(machine.coupling.weights["data"], paper.weights(*patterns(machine)), atol=1e-14)


def test_phase_is_the_slope_of_minus_the_free_energy(machine):
    """The sign that Eqs A2 and A7 lack, from the log-cosh formula of A2 with the sign of A6."""
    xi_v, xi_h = patterns(machine)
    v = np.array([1.0, -1.0, -1.0, 1.0])

    def minus_free_energy(xi_v):
        return sum(np.log(2 * np.cosh(x)) for x in v @ paper.weights(xi_v, xi_h))

    moved = [xi_v.copy(), xi_v.copy()]
    moved[0][1, 2] += 1e-5
    moved[1][1, 2] -= 1e-5
    slope = (minus_free_energy(moved[0]) - minus_free_energy(moved[1])) / 2e-5
    assert paper.phase(v, xi_v, xi_h)[0][1, 2] == pytest.approx(slope, abs=1e-8)
    codes = torch.tensor([[1, 0, 0, 1]], dtype=torch.uint8)
    free_energy = machine.free_energy({"data": codes}).item()
    assert minus_free_energy(xi_v) == pytest.approx(-free_energy, abs=1e-12)


@pytest.mark.parametrize("method", ["sign", "clip", "gibbs"])
def test_binarisations_are_appendix_b(machine, method):
    before = patterns(machine)
    draw = Draws(torch.Generator().manual_seed(4))
    expected = {
        "sign": lambda: paper.binarise_by_sign(*before),
        "clip": lambda: paper.clip(*before),
        "gibbs": lambda: paper.binarise_by_gibbs(*before, draw),
    }[method]()
    gradient = component("gradient", "pattern_induced")(binarise=method)
    gradient.after_step(machine, True, torch.Generator().manual_seed(4))
    for found, wanted, old in zip(patterns(machine), expected, before, strict=True):
        assert_allclose(found, wanted, atol=1e-14)
        assert not np.array_equal(found, old)
    assert_allclose(machine.coupling.weights["data"], paper.weights(*expected), atol=1e-14)


def test_signs_are_taken_at_the_end_of_an_epoch_only(machine):
    before = patterns(machine)
    gradient = component("gradient", "pattern_induced")(binarise="sign")
    gradient.after_step(machine, False, torch.Generator())
    assert np.array_equal(patterns(machine)[0], before[0])
