"""Triton kernels against the CPU's: the same random numbers, the same codes, the exact laws.

They run on a GPU where there is one. Elsewhere Triton's interpreter runs them on the CPU: it has to
be chosen before Triton is imported, so one test starts the others in a process of their own.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from ebmflow.core.kernels import counters, dispatch, gpu
from ebmflow.core.shards import shard_stream
from tests.stationarity import test_kernels
from tests.stationarity.test_gibbs import KINDS
from tests.support.machines import make_rbm

REASON = "needs Triton, which comes with torch builds for a GPU (docs/kernels.md)"
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
KEY = 0x7123_4567_89AB_CDEF
needs_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason=REASON)
pytestmark = needs_triton


@pytest.mark.slow
@pytest.mark.skipif(INTERPRETED, reason="this is the process of its own")
def test_in_the_interpreter(root):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "passed" in done.stdout


@pytest.fixture
def device(monkeypatch):
    """Device of the kernels; keys of both sides are the same."""
    if not INTERPRETED and not torch.cuda.is_available():
        pytest.skip("neither a GPU nor Triton's interpreter")
    device = torch.device("cpu" if INTERPRETED else "cuda")
    keys = torch.tensor([KEY])
    monkeypatch.setattr(counters, "draw_key", lambda generator: int(keys))
    monkeypatch.setattr(gpu, "_key", lambda generator: keys.to(device))
    return device


@pytest.fixture
def sampler(monkeypatch, request):
    """Generator of chains that run on the kernels."""
    if not INTERPRETED and not torch.cuda.is_available():
        pytest.skip("neither a GPU nor Triton's interpreter")
    if not INTERPRETED:
        return torch.device("cuda")
    monkeypatch.setattr(gpu, "serves", lambda *tensors: True)
    # Few large tiles without unused columns save the interpreter's time; draws stay the same.
    for name, size in (("_ROWS", 4096), ("_DRAWN_ROWS", 4096), ("_COLUMNS", 32)):
        monkeypatch.setattr(gpu, name, size)
    monkeypatch.setattr(test_kernels, "CHAINS", 20000)
    return torch.device("cpu")


def normal(*shape, scale=1.0, seed=0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def codes_of(states, *shape):
    generator = torch.Generator().manual_seed(3)
    return torch.randint(states, shape, generator=generator, dtype=torch.uint8)


def agree(ours, reference):
    """Whether codes are those of the CPU, but where rounding decides between two states."""
    return (ours.cpu() != reference).double().mean().item() <= 2e-5


def test_random_numbers_are_those_of_the_cpu(device):
    # Sites without inputs show their numbers: the state is the whole part of 256 u.
    inputs, field = torch.zeros(37, 11 * 256), torch.zeros(11 * 256)
    ours = gpu.state_codes(inputs.to(device), field.to(device), 1.0, 256, None)
    key, uniform = KEY, torch.empty(37, 12)
    for row in range(37):
        counters.fill_uniform(key, row, uniform[row].numpy())
    assert torch.equal(ours.cpu().long(), (256 * uniform[:, :11]).long())


@pytest.mark.parametrize(("rows", "sites", "states"), [(70, 13, 21), (33, 7, 4), (9, 3, 40)])
def test_states_from_inputs(rows, sites, states, device):
    inputs, field = normal(rows, sites * states, scale=2.0), normal(sites * states, seed=1)
    reference = dispatch.state_codes(inputs, field, 0.7, states, None)
    ours = gpu.state_codes(inputs.to(device), field.to(device), 0.7, states, None)
    assert agree(ours, reference)
    assert len(reference.unique()) > 2


def test_two_states_from_inputs(device):
    inputs, field = normal(70, 150, scale=3.0), normal(150, seed=1)
    reference = dispatch.two_state_codes(inputs, field, 1.3, None)
    assert agree(gpu.two_state_codes(inputs.to(device), field.to(device), 1.3, None), reference)


@pytest.mark.parametrize("entries", [(0.0, 1.0), (-1.0, 1.0)])
@pytest.mark.parametrize(("sites", "states", "units"), [(13, 21, 100), (40, 4, 70), (1, 9, 33)])
def test_states_after_a_product(sites, states, units, entries, device):
    codes, field = codes_of(2, 70, units), normal(sites * states, seed=1)
    weight = normal(sites * states, units, scale=0.3).T
    low, high = entries
    inputs = (low + (high - low) * codes.float()) @ weight
    there = [codes.to(device), weight.to(device), entries, field.to(device), 0.9]
    reference = dispatch.state_codes(inputs, field, 0.9, states, None)
    assert agree(gpu.states_after(*there, states, None), reference)
    reference = dispatch.two_state_codes(inputs, field, 0.9, None)
    assert agree(gpu.two_state_after(*there, None), reference)


def test_certain_states_are_drawn(device):
    # Beyond the range of exponentials, one state has all probability.
    inputs = torch.full((8, 5 * 6), -1e30)
    chosen = codes_of(6, 8, 5).long()
    inputs.view(8, 5, 6).scatter_(2, chosen.unsqueeze(-1), 1e30)
    field = torch.zeros(30).to(device)
    ours = gpu.state_codes(inputs.to(device), field, 1.0, 6, None)
    assert torch.equal(ours.cpu().long(), chosen)
    ours = gpu.two_state_codes(inputs.to(device), field, 1.0, None)
    assert torch.equal(ours.cpu() > 0, inputs > 0)


def error(product, exact):
    return (product.cpu().double() - exact).abs().max().item()


def test_products_lose_no_more_than_float32(device):
    codes, bits, weight = codes_of(21, 90, 17), codes_of(2, 90, 70), normal(17 * 21, 50)
    other, hidden = normal(90, 50, seed=2), normal(70, 50, seed=4)
    hot = torch.nn.functional.one_hot(codes.long(), 21).flatten(1).float()
    spins = 2 * bits.float() - 1
    there = [t.to(device) for t in (codes, bits, weight, other, hidden)]
    cases = [
        (gpu.summed_rows(there[0], there[2], 21), hot, weight),
        (gpu.scattered_rows(there[0], there[3], 21), hot.T, other),
        (gpu.two_state_product(there[1], there[4], -1.0, 1.0), spins, hidden),
        (gpu.two_state_product(there[1].T, there[3], 0.0, 1.0), bits.T.float(), other),
    ]
    for ours, left, right in cases:
        exact = left.double() @ right.double()
        assert error(ours, exact) <= 2 * error(left @ right, exact) + 1e-6
        # Weights rounded to bfloat16 would be seen.
        assert error(left @ right.bfloat16().float(), exact) > 100 * error(ours, exact)


def test_draws_depend_on_neither_tiles_nor_neighbours(device, monkeypatch):
    codes, weight, field = codes_of(2, 96, 80), normal(80, 13 * 21, scale=0.3), normal(13 * 21)
    arguments = [codes.to(device), weight.to(device), (0.0, 1.0), field.to(device), 1.0, 21]
    whole = gpu.states_after(*arguments, torch.Generator())
    part = gpu.states_after(
        codes[64:].to(device), *arguments[1:], shard_stream(torch.Generator(), 2, 3)
    )
    assert torch.equal(part, whole[64:])
    if INTERPRETED:
        monkeypatch.setattr(gpu, "_ROWS", 16)
        monkeypatch.setattr(gpu, "_COLUMNS", 256)
        assert torch.equal(gpu.states_after(*arguments, torch.Generator()), whole)


def wide_machine(data, hidden, device):
    # Couplings of order 2 between few sites and many units: barriers far above 1.
    return make_rbm(data, hidden, sites=3, units=test_kernels.UNITS, scale=0.7, seed=4).to(device)


@pytest.mark.parametrize("clamp", [None, "label", "data"])
@pytest.mark.parametrize(("data", "hidden"), KINDS)
def test_chains_stay(data, hidden, clamp, sampler):
    model = wide_machine(data, hidden, sampler)
    given = {} if clamp is None else {clamp: torch.ones(1, model.visible[clamp].sites)}
    distance, noise = test_kernels.distance_after(model, 3, given, 1.0, given)
    assert distance < noise


@pytest.mark.parametrize("part", ["states_after", "two_state_codes", "summed_rows"])
def test_wrong_kernels_are_seen(part, sampler, monkeypatch):
    right = getattr(gpu, part)

    def wrong(first, second, *rest):
        return right(first, 1.3 * second, *rest)

    monkeypatch.setattr(gpu, part, wrong)
    distance, noise = test_kernels.distance_after(
        wide_machine("potts", "bernoulli", sampler), 3, (), 1.0
    )
    assert distance > noise
