"""Autocorrelation times and starts, against series whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ebmflow.sampling.diagnostics import autocorrelation, autocorrelation_time, compare_starts


def autoregressive(memory, steps, chains, seed=0):
    """x_t = memory x_{t-1} + noise, stationary: autocorrelation memory^lag."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(steps, chains))
    series = np.empty_like(noise)
    series[0] = noise[0] / math.sqrt(1 - memory**2)
    for step in range(1, steps):
        series[step] = memory * series[step - 1] + noise[step]
    return torch.from_numpy(series)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_time_of_autoregressive_series(memory):
    found = autocorrelation_time(autoregressive(memory, 4000, 50))
    assert found.converged
    expected = 0.5 + memory / (1 - memory)
    # The window leaves out exp(-5) of the sum.
    assert abs(found.value - expected) < 5 * found.standard_error + 0.01 * expected


def test_standard_error_is_that_of_repeated_experiments():
    found = [autocorrelation_time(autoregressive(0.8, 1000, 10, seed)) for seed in range(60)]
    scatter = np.std([one.value for one in found], ddof=1)
    mean = np.mean([one.standard_error for one in found])
    # The scatter of a standard deviation over 60 experiments is 9 %.
    assert mean == pytest.approx(scatter, rel=0.45)


def test_autocorrelation_equals_the_plain_sum():
    series = autoregressive(0.7, 40, 3)
    centred = (series - series.mean()).numpy()
    found = autocorrelation(series)
    for lag in (0, 1, 7, 39):
        products = centred[: 40 - lag] * centred[lag:]
        assert found[lag] == pytest.approx(products.mean() / (centred**2).mean())


def test_chains_that_stay_in_different_places_never_decorrelate():
    series = autoregressive(0.0, 300, 10) + 20 * (torch.arange(10) % 2)
    found = autocorrelation_time(series)
    assert not found.converged
    assert math.isnan(found.standard_error)


def test_constant_series_count_as_independent():
    assert autocorrelation_time(torch.ones((50, 4))).value == 0.5


def test_equal_laws_agree_and_different_ones_do_not():
    first, second = autoregressive(0.0, 200, 400, 1), autoregressive(0.0, 200, 300, 2)
    same = compare_starts(first, second)
    assert same.z.std() == pytest.approx(1, abs=0.2)
    assert same.z.abs().max() < 5
    apart = compare_starts(first, second + 1)
    assert apart.z.abs().min() > 5
    torch.testing.assert_close(apart.difference, same.difference - 1)


def test_starts_differ_until_they_are_forgotten():
    start = torch.cat([torch.linspace(5, 0, 50), torch.zeros(150)]).unsqueeze(-1)
    first, second = autoregressive(0.0, 200, 100, 1), autoregressive(0.0, 200, 100, 2)
    z = compare_starts(first + start, second).z.abs()
    assert z[:40].min() > 4 > z[55:].max()


def test_equal_constants_agree():
    same = compare_starts(torch.ones((3, 4)), torch.ones((3, 5)))
    assert same.z.tolist() == [0, 0, 0]
    assert compare_starts(torch.ones((3, 4)), torch.zeros((3, 5))).z.min() == math.inf
