"""Jobs that run out of memory, of the machine or of a GPU, and training that diverges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ebmflow.errors import DivergenceError
from ebmflow.io.table_file import write_table
from ebmflow.stages.job import sentence
from tests.support.datasets import write_toy
from tests.support.training import toy_recipe, train_in

# A score job as Snakemake starts it, in an address space a little larger than it is at its start.
JOB = """
import re
import resource
import sys
from pathlib import Path
from types import SimpleNamespace
import numpy, pandas, pyarrow.parquet, scipy.spatial
from ebmflow.stages.job import run
from ebmflow.stages.score import score

folder, room = Path(sys.argv[1]), int(sys.argv[2])
job = SimpleNamespace(
    rule="score", log=[str(folder / "job.log")], input=[], threads=1,
    params=SimpleNamespace(spec={"metric": {"kind": "moments"}}, code="x"),
)
now = int(re.search(r"VmSize:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10
resource.setrlimit(resource.RLIMIT_AS, (now + (room << 20),) * 2)
names = {"dataset": "toy", "model": "m", "seed": 0, "sampling": "s"}
run(
    score, job, samples=str(folder / "samples.parquet"), dataset=str(folder / "toy.parquet"),
    scores=str(folder / "scores.parquet"), spec=job.params.spec, run=names,
)
"""


def run_score(folder: Path, root: Path, mebibytes: int) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", JOB, str(folder), str(mebibytes)],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def large_study(tmp_path: Path) -> Path:
    """A folder with a dataset and 4,000 generated rows of 3,000 sites: 200 MB of moments."""
    sites, rows = 3000, 4000
    write_toy(tmp_path / "toy.parquet", sites=sites)
    columns = {
        "age": np.ones(rows, np.int64),
        "time": np.ones(rows, np.int32),
        "chain": np.arange(rows, dtype=np.int32),
        "label": np.arange(rows) % 3,
        "predicted": np.arange(rows) % 3,
        "codes": np.random.default_rng(0).integers(0, 2, (rows, sites)).astype(np.uint8),
    }
    write_table(tmp_path / "samples.parquet", columns, kind="samples")
    return tmp_path


@pytest.mark.slow
def test_a_metric_without_memory_ends_in_one_line(large_study: Path, root: Path) -> None:
    done = run_score(large_study, root, 40)
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("score: out of memory; give the job more")
    assert not (large_study / "scores.parquet").exists()
    done = run_score(large_study, root, 4000)
    assert done.returncode == 0, done.stderr
    assert (large_study / "scores.parquet").exists()


def torch_error() -> RuntimeError:
    """What PyTorch raises where the memory of the machine is used up."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [MemoryError(), np._core._exceptions._ArrayMemoryError((10, 10), np.dtype("f8")),
     torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), torch_error()],
    ids=["python", "numpy", "cuda", "torch"],
)  # fmt: skip
def test_every_library_that_runs_out_of_memory_is_understood(error: Exception) -> None:
    said = sentence(error)
    assert said.startswith("out of memory")
    assert "mem_mb" in said
    assert "device=cpu" in said
    assert "batch_size" in said


def test_diverging_training_names_update_and_remedy_and_writes_no_output(tmp_path: Path) -> None:
    steep = {"kind": "sgd", "learning_rate": 1e38}
    spec = toy_recipe({"kind": "persistent", "sweeps": 1}, optimiser=steep)
    with pytest.raises(DivergenceError, match=r"update \d+: parameter .*Lower the learning rate"):
        train_in(tmp_path / "run", write_toy(tmp_path / "toy.parquet"), spec)
    assert not (tmp_path / "run" / "ages").exists()
