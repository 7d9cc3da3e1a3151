"""Clocks that jump, on the machine or between a login node and a file server."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.support.datasets import write_toy
from tests.support.training import ages_of, toy_recipe, train_in

HOUR = 3600


@pytest.mark.workflow
@pytest.mark.slow
@pytest.mark.parametrize("jump", [-1000 * HOUR, 1000 * HOUR])
def test_files_of_another_time_with_the_same_content_run_nothing_again(finished, jump) -> None:
    inputs = [path for path in (finished.folder / "config").rglob("*") if path.is_file()]
    before = {path: path.stat() for path in inputs}
    try:
        for path in inputs:
            os.utime(path, (time.time() + jump,) * 2)
        assert finished.pending() == []
    finally:
        for path, stat in before.items():
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_training_does_not_look_at_the_time_of_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = write_toy(tmp_path / "toy.parquet")
    usual = train_in(tmp_path / "usual", dataset, toy_recipe())
    jumps = iter(range(0, 10**9, 10**5))
    monkeypatch.setattr(time, "time", lambda: -float(next(jumps)))
    assert ages_of(train_in(tmp_path / "jumping", dataset, toy_recipe())) == ages_of(usual)
