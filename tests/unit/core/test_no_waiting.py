"""Sweeps on a GPU must not wait for the device, nor move data, on the way.

There is no GPU here: tensors without content stand for it. Reading a number, a shape that depends
on data, or mixing devices is an error (tests/support/fake_gpu.py).
"""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorDeviceMismatchError

from ebmflow.core.kernels import gpu
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.training.gradients.base import Batch
from tests.support.fake_gpu import GPU, Waiting, Watch, fake_gpu

ROWS, SITES = 12, 7
SPACES = {
    "binary": StateSpace("binary", SITES, 2, 3),
    "categorical": StateSpace("categorical", SITES, 5, 3),
    "real": StateSpace("real", SITES, 0, 3),
}
UNITS = {"hidden": {"units": 40}}
LABEL_FREE = {**UNITS, "labels": False}
SPIN = {"hidden": {"units": 40, "kind": "spin"}, "visible": "spin"}
PATTERNS = {**SPIN, "coupling": {"kind": "patterns", "patterns": 4}}
CHAINS = ("fast_and_functional", "contrastive", "random_start", "persistent")
CASES = [
    *(("categorical", "rbm", UNITS, kind) for kind in CHAINS),
    ("binary", "rbm", UNITS, "fast_and_functional"),
    ("binary", "rbm", LABEL_FREE, "persistent"),
    ("binary", "rbm", SPIN, "fast_and_functional"),
    ("binary", "rbm", {**UNITS, "hidden_drive": "mean"}, "fast_and_functional"),
    ("categorical", "rbm", {**UNITS, "hidden_drive": "mean"}, "fast_and_functional"),
    ("real", "rbm", UNITS, "fast_and_functional"),
    ("binary", "rbm", PATTERNS, "pattern_induced"),
    ("real", "chaotic_unrestricted", {}, "random_start"),
    ("binary", "chaotic_two_layer", {"hidden_units": 9}, "random_start"),
    ("categorical", "chaotic_three_layer", {}, "fast_and_functional"),
    ("categorical", "pairwise", {}, "persistent"),
]


@pytest.fixture
def code(request, monkeypatch):
    """Formulas or kernels; kernels are not run, but everything around them is."""
    monkeypatch.setattr(gpu, "_able", lambda device: request.param == "triton")
    launched = []
    monkeypatch.setattr(gpu, "_launch", lambda name, *rest, **more: launched.append(name))
    monkeypatch.setattr(gpu, "_kind", lambda: None)
    return request.param, launched


def make_case(space_kind, family_kind, options, generator):
    """Model and a complete batch of codes, on the GPU from the start."""
    space = SPACES[space_kind]
    family = component("model", family_kind).model_validate(options)
    model = family.build(space, None, generator)
    data = torch.zeros((ROWS, SITES), dtype=torch.float32 if space_kind == "real" else torch.uint8)
    visible = {"data": data}
    if family.uses_labels:
        visible["label"] = torch.zeros((ROWS, 1), dtype=torch.uint8)
    return model, visible


# Kernels serve machines of codes; the others are the same work on both paths.
BOTH = [("torch", *case) for case in CASES] + [("triton", *c) for c in CASES if c[1] == "rbm"]


@pytest.mark.parametrize(
    ("code", "space", "family", "options", "gradient"), BOTH, indirect=["code"]
)
def test_sweeps_do_not_wait(space, family, options, gradient, code):
    with fake_gpu() as generator:
        with torch.device(GPU):  # what is made later must say where
            model, visible = make_case(space, family, options, generator)
            weights = torch.ones(ROWS)
        batch = Batch(visible, weights, visible, weights)
        estimator = component("gradient", gradient)(sweeps=2)
        state = estimator.init(model, batch, generator)
        with Watch() as watch:
            chains = estimator.negative_chains(model, batch, state, generator)
            estimator.estimate(model, batch, state, generator)
    assert len(watch.seen) > 10
    for result in chains:
        assert all(t.device.type == "cuda" for t in result.visible.values())


@pytest.mark.parametrize("code", ["torch", "triton"], indirect=True)
def test_kernels_serve_machines_of_codes(code):
    path, launched = code
    with fake_gpu() as generator:
        for space in ("binary", "categorical"):
            with torch.device(GPU):
                model, _ = make_case(space, "rbm", UNITS, generator)
            chains = model.random_chains(ROWS, generator)
            model.advance(chains, 2, generator, clamp=frozenset({"label"}))
    expected = {"product", "two_state_from", "two_state_after", "states_after"}
    assert set(launched) == (expected if path == "triton" else set())


@pytest.mark.parametrize(
    "work",
    [
        lambda x: x.sum().item(),
        lambda x: x.nonzero(),
        lambda x: x[x > 0],
        lambda x: x.cpu(),
        lambda x: x + torch.arange(3).to(x.device),
        lambda x: x + torch.arange(3),
        lambda x: x + torch.tensor(2.0).to(x.device),
        lambda x: bool((x > 0).any()),
    ],
)
def test_waiting_is_seen(work):
    with fake_gpu(), Watch():
        x = torch.zeros(3, device=GPU)
        with pytest.raises((Waiting, FakeTensorDeviceMismatchError)):
            work(x)
