"""One cluster for each process of tests, and projects that are done up to training."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cluster.project import ClusterProject
from tests.support.slurm import Cluster, scripts, why_not


@contextmanager
def started(root: Path, *options: str, programs: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """A running cluster, or a skipped test with the reason."""
    folder = scripts(root)
    if reason := why_not(folder, *programs):
        pytest.skip(f"no SLURM: {reason}")
    # Unix sockets allow short paths only.
    state = Path(tempfile.mkdtemp(prefix="slurm-"))
    state.chmod(0o755)
    running = Cluster(folder, state, *options)
    # One after the other, so that no two take the same ports.
    with FileLock(Path(tempfile.gettempdir()) / f"ebmflow-slurm-{os.getuid()}.lock"):
        running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def cluster(root: Path) -> Iterator[Cluster]:
    with started(root) as running:
        yield running


@pytest.fixture
def accounted(root: Path) -> Iterator[Cluster]:
    """A cluster that writes down in a database what its jobs used."""
    with started(root, "--accounting", programs=("slurmdbd", "mariadbd", "sacct")) as running:
        yield running


@pytest.fixture
def project(cluster: Cluster, untrained: Path) -> ClusterProject:
    return ClusterProject(untrained, cluster)


@pytest.fixture
def untrained(finished, tmp_path: Path) -> Path:
    """A copy of a finished project whose machine is to be trained anew, in about ten seconds."""
    folder = finished.copy(tmp_path / "project")
    for name in ("models", "logs"):
        shutil.rmtree(folder / "results" / name)
    return folder
