"""Files whose bytes have changed are found, and never give other numbers."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from ebmflow.errors import CheckpointError, Interrupted
from ebmflow.io.checkpoint_file import LATEST, PREVIOUS
from ebmflow.io.model_file import read_tensors, write_tensors
from ebmflow.io.part_cache import PartCache
from ebmflow.io.table_file import read_table, write_table
from ebmflow.stages import training_run
from tests.support.datasets import write_toy
from tests.support.training import ages_of, toy_recipe, train_in

FLIPS = 300


def flipped(content: bytes, generator: np.random.Generator) -> bytes:
    """The content with one bit changed."""
    damaged = bytearray(content)
    damaged[generator.integers(len(damaged))] ^= 1 << int(generator.integers(8))
    return bytes(damaged)


def test_a_flipped_bit_never_changes_a_tensor_unseen(tmp_path: Path) -> None:
    path, generator = tmp_path / "model.safetensors", np.random.default_rng(0)
    stored = {"weights": torch.randn(20, 30, generator=torch.Generator().manual_seed(0))}
    write_tensors(path, stored, "model", {"seed": 3})
    content, found = path.read_bytes(), 0
    for _ in range(FLIPS):
        path.write_bytes(flipped(content, generator))
        try:
            tensors, _ = read_tensors(path, "model")
        except CheckpointError:
            found += 1
        else:
            assert torch.equal(tensors["weights"], stored["weights"])
    assert found > 0.9 * FLIPS  # the rest hit the mark of the seal, or padding before it


def test_a_flipped_bit_never_changes_a_column_unseen(tmp_path: Path) -> None:
    path, generator = tmp_path / "table.parquet", np.random.default_rng(0)
    stored = np.random.default_rng(1).integers(0, 21, (60, 40)).astype(np.uint8)
    write_table(path, {"codes": stored}, kind="samples")
    content, found = path.read_bytes(), 0
    for _ in range(FLIPS):
        path.write_bytes(flipped(content, generator))
        try:
            columns, _ = read_table(path, kind="samples")
        except CheckpointError:
            found += 1
        else:
            np.testing.assert_array_equal(columns["codes"], stored)
    assert found > 0.9 * FLIPS


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run with a checkpoint after every update, stopped at update 9; and its dataset."""
    dataset = write_toy(tmp_path / "toy.parquet")
    original = training_run.TrainingRun.after_update

    def stop(self, state, gradient):
        if state.update == 9:
            os.kill(os.getpid(), signal.SIGTERM)
        original(self, state, gradient)

    monkeypatch.setattr(training_run, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(training_run.TrainingRun, "after_update", stop)
    with pytest.raises(Interrupted):
        train_in(tmp_path / "run", dataset, toy_recipe())
    monkeypatch.setattr(training_run.TrainingRun, "after_update", original)
    return tmp_path / "run", dataset


@pytest.mark.parametrize(
    ("damaged", "resumed"),
    [((), 9), ((LATEST,), 8), ((LATEST, PREVIOUS), 0)],
)
def test_the_checkpoint_before_a_damaged_one_is_used(
    interrupted, tmp_path: Path, caplog: pytest.LogCaptureFixture, damaged, resumed: int
) -> None:
    folder, dataset = interrupted
    for name in damaged:
        path = folder / "checkpoint" / name
        content = bytearray(path.read_bytes())
        content[-100] ^= 1
        path.write_bytes(content)
    with caplog.at_level("INFO"):
        train_in(folder, dataset, toy_recipe())
    for name in damaged:
        assert f"{name}: differs from its checksum" in caplog.text
    start = f"Resuming after update {resumed}" if resumed else "Starting over"
    assert start in caplog.text
    assert ages_of(folder) == ages_of(train_in(tmp_path / "whole", dataset, toy_recipe()))


def test_a_lost_checkpoint_leaves_the_one_before(interrupted, tmp_path: Path, caplog) -> None:
    """What a kill between the two renames of a save leaves behind."""
    folder, dataset = interrupted
    (folder / "checkpoint" / LATEST).unlink()
    with caplog.at_level("INFO"):
        train_in(folder, dataset, toy_recipe())
    assert "Resuming after update 8" in caplog.text
    assert ages_of(folder) == ages_of(train_in(tmp_path / "whole", dataset, toy_recipe()))


def test_a_kill_while_checkpoints_are_removed(interrupted, tmp_path: Path, monkeypatch) -> None:
    """The next run finds none, rather than one without the ages that it needs."""
    folder, dataset = interrupted
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda path: remove_one_and_stop(path / "ages"))
        with pytest.raises(KeyboardInterrupt):
            train_in(folder, dataset, toy_recipe())
    train_in(folder, dataset, toy_recipe())
    assert ages_of(folder) == ages_of(train_in(tmp_path / "whole", dataset, toy_recipe()))


def remove_one_and_stop(folder: Path) -> None:
    """What a kill in the middle of removing a folder leaves behind."""
    next(folder.iterdir()).unlink()
    raise KeyboardInterrupt


def test_a_damaged_part_of_a_cache_is_computed_again(tmp_path: Path, caplog) -> None:
    cache = PartCache(tmp_path, "test")
    cache.append(dict(pd.DataFrame({"key": ["a"], "value": [1.0]})))
    cache.append(dict(pd.DataFrame({"key": ["b"], "value": [2.0]})))
    victim = sorted(tmp_path.iterdir())[0]
    victim.write_bytes(victim.read_bytes()[:-20])
    assert len(PartCache(tmp_path, "test").read()) == 1
    assert f"Not used: {victim}" in caplog.text


@pytest.mark.parametrize("read", [read_table, read_tensors])
def test_a_file_that_has_gone_is_said_to_be_gone(tmp_path: Path, read) -> None:
    with pytest.raises(CheckpointError, match=r"x\.file: is not there; expected a test file"):
        read(tmp_path / "x.file", kind="test")
