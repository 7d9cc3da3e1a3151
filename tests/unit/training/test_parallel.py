"""Data-parallel training: several processes give what one gives, to rounding."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from ebmflow.core.layers.base import uniform_codes
from ebmflow.core.shards import shard_stream
from ebmflow.errors import ConfigError
from ebmflow.registry import component
from ebmflow.training.families.base import make_layer
from ebmflow.training.gradients.base import Batch
from ebmflow.training.parallel import Team

JOB = """
import atexit, sys, torch, json
from ebmflow.io.dataset_file import read_dataset
from pathlib import Path
from tests.support.training import train_in
torch.set_num_threads(1)
atexit.register(lambda: print("connected:", torch.distributed.is_initialized()))  # runs last
train_in(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
"""


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def shards(size, seed=0):
    return [shard_stream(stream(seed), rank, size) for rank in range(size)]


@pytest.mark.parametrize("kind", ["bernoulli", "potts", "spin", "gaussian"])
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_draws_of_all_processes_are_those_of_one(kind, precision):
    """float32 is drawn by kernels, float64 by torch."""
    layer = make_layer(kind, 5, 3 if kind == "potts" else 2)
    layer.field = layer.field.to(precision)
    inputs = torch.randn((12, layer.size), generator=stream(1), dtype=precision)
    one = layer.sample(inputs, stream())
    parts = [layer.sample(part, s) for part, s in zip(inputs.chunk(3), shards(3), strict=True)]
    assert torch.equal(torch.cat(parts), one)
    starts = [layer.uniform(4, s) for s in shards(3)]
    assert torch.equal(torch.cat(starts), layer.uniform(12, stream()))


def test_streams_stay_together():
    for s in (own := shards(2)):
        uniform_codes(5, 3, 2, s)
    assert torch.equal(own[0].get_state(), own[1].get_state())
    with own[1].whole():
        assert torch.equal(uniform_codes(5, 3, 2, own[1]), uniform_codes(5, 3, 2, own[0]))


def test_parts_of_a_batch_have_all_rows_once():
    codes = torch.arange(8, dtype=torch.uint8).reshape(4, 2)
    positive = torch.arange(14, dtype=torch.uint8).reshape(7, 2)
    batch = Batch({"data": codes}, torch.ones(4), {"data": positive}, torch.arange(1.0, 8.0))
    parts = [Team(rank, 2).share(batch) for rank in range(2)]
    assert torch.equal(torch.cat([p.visible["data"] for p in parts]), codes)
    assert torch.cat([p.positive_weights for p in parts]).tolist() == [1, 2, 3, 4, 5, 6, 7, 0]
    assert torch.equal(torch.cat([p.positive["data"] for p in parts])[:7], positive)
    assert Team().share(batch) is batch


def test_what_cannot_be_shared_out_is_refused():
    with pytest.raises(ConfigError, match="multiple of 2"):
        Team(0, 2).check(component("gradient", "fast_and_functional")(), 7)
    with pytest.raises(ConfigError, match="one process"):
        Team(0, 2).check(component("gradient", "persistent")(), 8)
    Team().check(component("gradient", "persistent")(), 7)


@pytest.fixture
def dataset(tmp_path):
    from tests.support.datasets import write_toy

    return write_toy(tmp_path / "toy.parquet", unlabelled=0.2)


def run_processes(number, folder, dataset, recipe):
    """Train in so many processes, as torchrun would start them."""
    import json

    folder.mkdir()
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "WORLD_SIZE": str(number),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20000 + os.getpid() % 20000),
    }  # fmt: skip
    command = [sys.executable, "-c", JOB, str(folder), str(dataset), json.dumps(recipe)]
    running = [
        subprocess.Popen(
            command,
            env={**environment, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(number)
    ]
    for process in running:
        text, _ = process.communicate(timeout=240)
        assert process.returncode == 0, text
        assert "connected: False" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "gradient",
    [
        {"kind": "fast_and_functional", "sweeps": 3},
        {"kind": "contrastive", "sweeps": 2, "centred": False},
    ],
    ids=["fast_and_functional", "contrastive"],
)
def test_two_processes_train_what_one_trains(tmp_path, dataset, gradient):
    """Also with missing labels, which take several rows of the positive phase each."""
    from ebmflow.io.model_file import age_path, load_model
    from tests.support.training import toy_recipe

    # Strong couplings from the start; few updates: rounding may turn a draw over in later ones.
    coupling = {"kind": "dense", "initial_scale": 0.5}
    recipe = toy_recipe(
        gradient,
        model={"kind": "rbm", "hidden": {"units": 6}, "coupling": coupling},
        optimiser={"kind": "sgd", "learning_rate": 0.5},
        updates=4,
    )
    parameters = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        run_processes(number, folder, dataset, recipe)
        model, _ = load_model(age_path(folder / "ages", 4))
        parameters.append(model.named_parameters())
    first, _ = load_model(age_path(folder / "ages", 1))
    for name, value in parameters[0].items():
        assert (first.named_parameters()[name] - value).abs().max() > 0.01, name
        torch.testing.assert_close(parameters[1][name], value, rtol=1e-4, atol=1e-5)
