"""One cluster for each process of tests, and projects that are done up to training."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cluster.project import ClusterProject
from tests.support.slurm import Cluster, scripts, why_not


@pytest.fixture(scope="session")
def cluster(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = scripts(root)
    if reason := why_not(folder):
        pytest.skip(f"no SLURM: {reason}")
    # Unix sockets allow short paths only.
    state = Path(tempfile.mkdtemp(prefix="slurm-"))
    state.chmod(0o755)
    running = Cluster(folder, state)
    # One after the other, so that no two take the same ports.
    with FileLock(Path(tempfile.gettempdir()) / f"ebmflow-slurm-{os.getuid()}.lock"):
        running.start()
    yield running
    running.stop()


@pytest.fixture
def project(cluster: Cluster, finished, tmp_path: Path) -> ClusterProject:
    """A copy of a finished project whose machine is to be trained anew, in about ten seconds."""
    folder = finished.copy(tmp_path / "project")
    for name in ("models", "logs"):
        shutil.rmtree(folder / "results" / name)
    return ClusterProject(folder, cluster)
