"""Compiled kernels against torch: exact products, right frequencies, no dependence on threads.

Whether chains made of them are right is tested in tests/stationarity.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from ebmflow.core.kernels import dispatch, products
from ebmflow.core.kernels.compiling import compiled, exponential
from ebmflow.core.kernels.counters import fill_uniform
from ebmflow.core.kernels.products import product
from ebmflow.core.layers.base import uniform_codes
from ebmflow.training.families.base import make_layer

# Rows, sites, states, columns; odd numbers, one site, several tiles of sites, rows and columns.
SHAPES = [(90, 7, 21, 19), (33, 1, 5, 128), (40, 230, 9, 130), (1000, 3, 4, 16)]


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def case(rows, sites, states, columns):
    codes = torch.randint(states, (rows, sites), generator=stream(), dtype=torch.uint8)
    return codes, one_hot(codes.long(), states).flatten(1).float()


def test_random_bits_are_the_published_ones():
    """Known answer of Philox4x32-10 for counter 0 and key 0, to 24 bits."""
    numbers = np.empty(4, np.float32)
    fill_uniform(np.uint64(0), 0, numbers)
    expected = [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert [int(x * 2**24) for x in numbers] == [bits >> 8 for bits in expected]


def test_rows_and_keys_have_numbers_of_their_own():
    rows = [np.empty(400, np.float32) for _ in range(3)]
    for (key, row), numbers in zip([(1, 0), (1, 1), (2, 0)], rows, strict=True):
        fill_uniform(np.uint64(key), row, numbers)
    assert len(np.unique(np.concatenate(rows))) > 1195
    assert np.abs(np.corrcoef(rows) - np.eye(3)).max() < 4 / 20


def test_exponential():
    @compiled
    def apply(x, y):
        for i in range(len(x)):
            y[i] = exponential(x[i])

    x = np.linspace(-87, 87, 200_001, dtype=np.float32)
    y = np.empty_like(x)
    apply(x, y)
    np.testing.assert_allclose(y, np.exp(x.astype(np.float64)), rtol=3e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_summed_rows_are_the_product(shape):
    codes, entries = case(*shape)
    weight = torch.randn((entries.shape[1], shape[3]), generator=stream(1))
    summed = dispatch.summed_rows(codes, weight, shape[2])
    torch.testing.assert_close(summed, entries @ weight, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_scattered_rows_are_the_product(shape):
    codes, entries = case(*shape)
    other = torch.randn((shape[0], shape[3]), generator=stream(1))
    scattered = dispatch.scattered_rows(codes, other, shape[2])
    torch.testing.assert_close(scattered, entries.T @ other, rtol=1e-5, atol=1e-4)
    weights = dispatch.scattered_weights(codes, other[:, 0], shape[2])
    torch.testing.assert_close(weights, entries.T @ other[:, 0], rtol=1e-5, atol=1e-4)


# Rows, units, columns; odd numbers, several tables of units and tiles of columns, many rows.
TWO_STATE = [(33, 61, 35), (40, 130, 64), (100, 32, 200), (2100, 64, 33)]


@pytest.mark.parametrize("kind", ["bernoulli", "spin"])
@pytest.mark.parametrize("shape", TWO_STATE)
def test_sums_of_joint_states_are_the_product(kind, shape):
    rows, units, columns = shape
    layer = make_layer(kind, units, 2)
    codes = layer.uniform(rows, stream())
    weight = torch.randn((columns, units), generator=stream(1))
    facing = layer.facing(weight)
    assert torch.equal(facing, weight.T)
    summed = dispatch.two_state_product(codes, facing, *layer.two_entries)
    expected = layer.expand(codes).double() @ weight.T.double()
    torch.testing.assert_close(summed.double(), expected, rtol=1e-5, atol=1e-4)
    other = torch.randn((rows, columns), generator=stream(2))
    expected = layer.expand(codes).double().T @ other.double()
    torch.testing.assert_close(layer.outer(codes, other).double(), expected, rtol=1e-5, atol=1e-3)


def test_few_units_are_multiplied():
    weight = torch.ones(20, 64)
    assert dispatch.two_state_product(torch.ones(64, 20, dtype=torch.uint8), weight, 0, 1) is None
    assert dispatch.two_state_product(torch.ones(64, 64), torch.ones(64, 64), 0, 1) is None


def test_unlike_rows_of_many_sites_are_sorted():
    """More rows than a table has lines, states that no row has, states that all have."""
    codes = torch.zeros(1000, 50, dtype=torch.uint8)
    codes[::3, 10:] = 4
    other = torch.randn((1000, 70), generator=stream(1))
    scattered = dispatch.scattered_rows(codes, other, 6)
    expected = one_hot(codes.long(), 6).flatten(1).double().T @ other.double()
    torch.testing.assert_close(scattered.double(), expected, rtol=1e-5, atol=1e-3)


def draws(kind, batch, generator, beta=0.7):
    layer = make_layer(kind, 5, 3 if kind == "potts" else 2)
    inputs = 2 * torch.randn(layer.size, generator=stream(5))
    layer.field += torch.randn(layer.size, generator=stream(6))
    codes = layer.sample(inputs.expand(batch, -1), generator, beta)
    return layer.expand(codes).mean(0), layer.mean(inputs, beta), layer.variance(inputs, beta)


@pytest.mark.parametrize("kind", ["bernoulli", "spin", "potts"])
@pytest.mark.parametrize("compiled_code", [True, False])
def test_frequencies_are_the_means(kind, compiled_code, monkeypatch):
    if not compiled_code:
        monkeypatch.setattr(dispatch, "serves", lambda *tensors: False)
    found, mean, variance = draws(kind, 100_000, stream())
    assert ((found - mean).abs() < 4.5 * (variance / 100_000).sqrt()).all()


def test_neighbouring_units_and_rows_are_independent():
    layer = make_layer("bernoulli", 9, 2)
    codes = layer.sample(torch.zeros(100_000, 9), stream()).double()
    assert (torch.corrcoef(codes.T) - torch.eye(9)).abs().max() < 4.5 / 100_000**0.5
    lagged = torch.stack([codes[:-1].flatten(), codes[1:].flatten()])
    assert torch.corrcoef(lagged)[0, 1].abs() < 4.5 / 900_000**0.5


@pytest.mark.parametrize("kind", ["bernoulli", "spin"])
def test_two_state_extremes(kind):
    layer = make_layer(kind, 4, 2)
    inputs = torch.tensor([1e4, -1e4, float("inf"), -float("inf")]).expand(1000, 4)
    assert torch.equal(layer.sample(inputs, stream()).sum(0), torch.tensor([1000, 0, 1000, 0]))


def test_states_at_extremes():
    layer = make_layer("potts", 2, 3)
    inputs = torch.tensor([1e4, 0.0, -1e4, -1e30, -1e30, -1e30]).expand(3000, 6)
    codes = layer.sample(inputs, stream())
    assert (codes[:, 0] == 0).all()
    assert (codes[:, 1].bincount() > 850).all()


@pytest.mark.parametrize("kind", ["bernoulli", "potts"])
def test_draws_depend_neither_on_threads_nor_on_the_run(kind, monkeypatch):
    monkeypatch.setattr(dispatch, "_WORTH", 100)
    layer = make_layer(kind, 11, 2 if kind == "bernoulli" else 5)
    inputs = torch.randn((301, layer.size), generator=stream(2))
    results, before = [], torch.get_num_threads()
    try:
        for threads in (1, 1, 2, 3):
            torch.set_num_threads(threads)
            results.append(layer.sample(inputs, stream(3)))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(results[0], other) for other in results[1:])


def test_products_do_not_depend_on_threads(monkeypatch):
    monkeypatch.setattr(dispatch, "_WORTH", 100)
    codes, entries = case(301, 11, 5, 70)
    weight = torch.randn((entries.shape[1], 70), generator=stream(1))
    other = torch.randn((301, 70), generator=stream(1))
    results, before = [], torch.get_num_threads()
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            sums = dispatch.summed_rows(codes, weight, 5)
            results.append((sums, dispatch.scattered_rows(codes, other, 5)))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_a_state_of_the_generator_gives_its_draws_again():
    layer, generator = make_layer("bernoulli", 6, 2), stream()
    inputs = torch.zeros(50, 6)
    layer.sample(inputs, generator)
    state = generator.get_state()
    later = layer.sample(inputs, generator)
    assert not torch.equal(later, layer.sample(inputs, generator))
    generator.set_state(state)
    assert torch.equal(later, layer.sample(inputs, generator))


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(2, dtype=torch.float64), torch.zeros(2, requires_grad=True)],
    ids=["double", "gradient"],
)
def test_other_tensors_go_to_torch(tensor):
    assert not dispatch.serves(torch.zeros(2), tensor)
    assert dispatch.serves(torch.zeros(2))


def test_shapes_of_inputs_are_kept():
    layer = make_layer("potts", 4, 3)
    for shape in [(12,), (2, 12), (2, 5, 12)]:
        codes = layer.sample(torch.zeros(shape), stream())
        assert codes.shape == (*shape[:-1], 4)
        assert codes.dtype == torch.uint8


@pytest.mark.parametrize("shape", [(3, 2, 4), (200, 130, 70), (70, 1100, 9), (1, 600, 600)])
@pytest.mark.parametrize("turned", [False, True])
def test_products_are_those_of_torch(shape, turned):
    rows, inner, columns = shape
    left = torch.randn((inner, rows), generator=stream(1)).T
    right = torch.randn((inner, columns), generator=stream(2))
    if turned:
        left, right = left.contiguous(), right.T.contiguous().T
    expected = (left.double() @ right.double()).float()
    # float32 throughout: bfloat16 would be wrong in the third digit.
    torch.testing.assert_close(product(left, right), expected, rtol=1e-4, atol=1e-4)
    assert torch.equal(product(left, right), product(left, right))


def test_products_of_other_tensors_are_torch_s(monkeypatch):
    monkeypatch.setattr(products, "_LINEAR", None)
    left = torch.randn((200, 300), generator=stream(1))
    assert torch.equal(product(left, left.T), left @ left.T)


@pytest.mark.parametrize("states", [2, 3, 21, 200])
def test_random_starts_are_uniform(states):
    codes = uniform_codes(2000, 50, states, stream())
    counts = codes.flatten().bincount(minlength=states).double()
    expected = 100_000 / states
    assert len(counts) == states
    assert ((counts - expected).square() / expected).sum() < states + 5 * (2 * states) ** 0.5
    assert not torch.equal(codes[0], codes[1])


@pytest.mark.parametrize(("sites", "states"), [(3, 40), (35, 5), (16, 17), (37, 21)])
def test_draws_without_inputs_in_memory_are_the_same(sites, states):
    """With the same random numbers; sums of inputs differ by rounding only."""
    hidden, layer = make_layer("bernoulli", 70, 2), make_layer("potts", sites, states)
    layer.field += torch.randn(layer.size, generator=stream(2))
    weight = torch.randn((70, layer.size), generator=stream(1))
    codes = hidden.uniform(2100, stream(3))
    drawn = layer.sample_after(hidden, codes, weight, stream(4), 0.5)
    expected = layer.sample(hidden.through(codes, weight), stream(4), 0.5)
    assert (drawn != expected).float().mean() < 1e-4
