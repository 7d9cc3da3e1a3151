"""The stages that are killed, on small synthetic data; each takes a moment, so that kills hit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ebmflow.data.fetching.http import HttpClient
from ebmflow.data.fetching.transport import Patience
from ebmflow.io.checkpoint_file import LATEST, PREVIOUS
from ebmflow.io.model_file import read_tensors
from ebmflow.stages import training_run
from ebmflow.stages.fetch import fetch
from ebmflow.stages.fold import fold
from ebmflow.stages.sample import sample
from ebmflow.stages.score import score
from tests.support.datasets import write_toy
from tests.support.fake_server import FakeServer
from tests.support.training import toy_recipe, train_in

SITES = 27
PLAN = {"start": "random", "clamp": ["label"], "times": [1, 10, 100], "rows": 60}


class Job(NamedTuple):
    """A stage that can be run, killed and run again in a folder.

    Attributes
    ----------
    run : callable
        Folder -> None.
    results : tuple of str
        Patterns of the files that a next stage reads.
    progress : callable
        Folder -> what is saved of the work, a number that only grows.
    """

    name: str
    run: Callable[[Path], None]
    results: tuple[str, ...]
    progress: Callable[[Path], int] = lambda folder: 0

    def outputs(self, folder: Path) -> dict[str, bytes]:
        """Name -> content of the results; of a training run those that its manifest names."""
        found = [path for pattern in self.results for path in sorted(folder.glob(pattern))]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def forget(self, folder: Path) -> None:
        """Remove everything."""
        shutil.rmtree(folder)


def saved_updates(folder: Path) -> int:
    """Updates in the latest checkpoint of a training run; 0 if there is none."""
    for name in (LATEST, PREVIOUS):
        path = folder / "checkpoint" / name
        if path.exists():
            return int(read_tensors(path, "checkpoint")[1]["update"])
    return 0


@contextmanager
def stages(folder: Path) -> Iterator[list[Job]]:
    """All jobs; what they read lies in `folder`."""
    usual, training_run.CHECKPOINT_SECONDS = training_run.CHECKPOINT_SECONDS, 0.0  # every update
    dataset = write_toy(folder / "toy.parquet", rows=400, sites=SITES, alphabet="protein")
    spec = toy_recipe(updates=60, ages={"count": 3})
    trained = train_in(folder / "trained", dataset, spec) / "ages"
    samples = folder / "samples.parquet"
    draw(samples, dataset, trained)
    try:
        yield from _stages(dataset, spec, trained, samples)
    finally:
        training_run.CHECKPOINT_SECONDS = usual


def _stages(dataset: Path, spec: dict, trained: Path, samples: Path) -> Iterator[list[Job]]:
    with FakeServer() as server:
        body = np.random.default_rng(0).bytes(3_000_000)
        url = server.serve("/large.faa", b">A|GH5_1\nACD\n" + body.hex().encode())
        yield [
            Job("train", lambda work: training(work, dataset, spec),
                ("ages/*.safetensors", "manifest.tsv"), saved_updates),
            Job("sample", lambda work: draw(work / "samples.parquet", dataset, trained),
                ("samples.parquet",)),
            Job("score", lambda work: judge(work, samples, dataset), ("scores.parquet",)),
            Job("fetch", lambda work: download(work, url), ("fetched.json", "downloads/large.faa")),
            Job("fold", lambda work: predict(work, samples, dataset), ("structures.parquet",),
                lambda work: len(list((work / "cache").rglob("*.parquet")))),
        ]  # fmt: skip


def training(work: Path, dataset: Path, spec: dict) -> None:
    """Train; the outputs are removed first, as Snakemake removes those of a job that it repeats."""
    for output in ("ages", "manifest.tsv", "history.parquet"):
        path = work / output
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    train_in(work, dataset, spec)


def draw(target: Path, dataset: Path, ages: Path) -> None:
    """Generate rows by label."""
    sample(ages=ages, dataset=dataset, samples=target, spec=PLAN, seed=1, device="cpu")


def judge(work: Path, samples: Path, dataset: Path) -> None:
    """Score nearest neighbours."""
    names = {"dataset": "toy", "model": "m", "seed": 0, "sampling": "s"}
    score(
        samples=samples,
        dataset=dataset,
        scores=work / "scores.parquet",
        spec={"metric": {"kind": "nearest_neighbour"}},
        run=names,
    )


def download(work: Path, url: str) -> None:
    """Fetch a file of six megabytes."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    os.chdir(work)
    fetch(
        fetched=work / "fetched.json",
        spec={"source": {"kind": "cazy", "family": "GH5", "file": url}},
        role="sequences",
        client=HttpClient(Patience(connect=2.0, stall=2.0, tries=2, lock=5.0)),
        downloads=work / "downloads",
    )


def predict(work: Path, samples: Path, dataset: Path) -> None:
    """Fold lattice proteins, a batch at a time."""
    fold(
        samples=samples,
        dataset=dataset,
        structures=work / "structures.parquet",
        spec={"predictor": {"kind": "lattice", "per_label": 12}},
        seed=0,
        cache=work / "cache",
    )
