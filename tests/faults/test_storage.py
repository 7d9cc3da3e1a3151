"""Full disks and read-only places: one sentence, nothing half-written, nothing lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from ebmflow.errors import StorageError
from ebmflow.io.atomic import atomic_path, write_text
from ebmflow.io.model_file import write_tensors
from ebmflow.io.part_cache import PartCache
from ebmflow.io.table_file import write_table
from ebmflow.stages import training_run
from ebmflow.stages.figure_file import save_figure
from tests.support.datasets import write_toy
from tests.support.training import ages_of, toy_recipe, train_in

NOISE = np.random.default_rng(0).integers(0, 256, (400, 400)).astype(np.uint8)


def figure(path: Path) -> None:
    drawn = Figure()
    drawn.add_subplot().imshow(NOISE)
    save_figure(drawn, path, path.with_suffix(".png"))


WRITERS = {
    "table": lambda path: write_table(path, {"x": NOISE}, kind="test"),
    "tensors": lambda path: write_tensors(path, {"x": torch.zeros(100_000)}, "model", {}),
    "text": lambda path: write_text(path, "x" * 100_000),
    "figure": figure,
    "bytes": lambda path: write_with_library(path),
}


def write_with_library(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(NOISE.tobytes())


@pytest.mark.parametrize("place", ["full_disk", "read_only_disk"])
@pytest.mark.parametrize("writer", WRITERS)
def test_what_cannot_be_written_is_named_and_leaves_the_old_file(
    place: str, writer: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(place)
    before = sorted(folder.iterdir())
    with pytest.raises(StorageError) as caught:
        WRITERS[writer](folder / "kept.txt")
    said = str(caught.value)
    assert said.startswith(f"{folder / 'kept.txt'}: cannot be written (")
    assert {"full_disk": "space", "read_only_disk": "ead-only"}[place] in said
    assert "run again" in said
    assert (folder / "kept.txt").read_text() == "kept"
    assert sorted(folder.iterdir()) == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"results/x/y\.txt: cannot be written"):
        write_text(tmp_path / "results" / "x" / "y.txt", "text")


def test_errors_about_files_that_are_read_keep_their_words(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"), atomic_path(tmp_path / "out"):
        (tmp_path / "absent").read_text()
    assert list(tmp_path.iterdir()) == []


def test_training_outlives_a_disk_without_space_for_checkpoints(
    tmp_path: Path, disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ages are small; a checkpoint holds 50,000 chains and does not fit beside them."""
    monkeypatch.setattr(training_run, "CHECKPOINT_SECONDS", 0.0)
    dataset = write_toy(tmp_path / "toy.parquet")
    spec = toy_recipe({"kind": "persistent", "sweeps": 1, "chains": 50_000}, updates=4)
    small = train_in(tmp_path / "small", dataset, spec, checkpoints=disk(100) / "run")
    assert "Training goes on without a checkpoint" in caplog.text
    assert "No space left" in caplog.text
    roomy = train_in(tmp_path / "roomy", dataset, spec)
    assert ages_of(small) == ages_of(roomy)


def test_space_for_results_running_out_loses_nothing(tmp_path: Path, disk) -> None:
    """The run is complete where it was computed; with space it is only copied."""
    dataset = write_toy(tmp_path / "toy.parquet")
    folder = disk(64)
    (folder / "ballast").write_bytes(bytes(60 * 1024))
    with pytest.raises(StorageError, match="cannot be written"):
        train_in(folder, dataset, toy_recipe(), checkpoints=tmp_path / "run")
    assert not (folder / "manifest.tsv").exists()
    (folder / "ballast").unlink()
    train_in(folder, dataset, toy_recipe(), checkpoints=tmp_path / "run")
    assert ages_of(folder) == ages_of(train_in(tmp_path / "whole", dataset, toy_recipe()))


@pytest.mark.parametrize("place", ["full_disk", "read_only_disk"])
def test_an_unwritable_cache_costs_time_only(
    place: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    cache = PartCache(request.getfixturevalue(place) / "cache", "test")
    rows = pd.DataFrame({"key": [f"{i:030}" for i in range(9000)], "value": np.arange(9000.0)})
    assert not cache.append(dict(rows))
    assert "Results are not kept for later runs" in caplog.text
    assert cache.read().empty


JOB = """
import sys
from pathlib import Path
from types import SimpleNamespace
from ebmflow.io.table_file import write_table
from ebmflow.stages.job import run
import numpy as np

def stage(*, output: Path, spec: dict) -> None:
    write_table(output, {"x": np.random.default_rng(0).random(100000)}, kind="test")

folder = Path(sys.argv[1])
job = SimpleNamespace(
    rule="sample", log=[str(folder / "logs/job.log")], input=[], threads=1,
    params=SimpleNamespace(spec={}, code="x"),
)
run(stage, job, output=str(folder / "out.parquet"), spec={})
"""


@pytest.mark.parametrize("place", ["full_disk", "read_only_disk"])
def test_a_job_without_space_for_its_log_still_says_what_happened(
    place: str, request: pytest.FixtureRequest, root: Path
) -> None:
    folder = request.getfixturevalue(place)
    done = subprocess.run(
        [sys.executable, "-c", JOB, str(folder)], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"sample: {folder}/")
    assert {"full_disk": "No space left", "read_only_disk": "Read-only file system"}[place] in last
    assert "Logging error" not in done.stderr
