"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real data: $EBMFLOW_MIRROR, or shared/data beside the repository."""
    mirror = os.environ.get("EBMFLOW_MIRROR") or ROOT.parent / "shared" / "data"
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set EBMFLOW_MIRROR to a folder that has them")
    return folder.resolve()


@pytest.fixture
def fresh(tmp_path: Path, root: Path):
    """A copy of the project with a small study, in which nothing has run."""
    from tests.support.workflow_project import new_project

    return new_project(tmp_path / "project", root)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, root: Path):
    """A copy of the project whose small study is done; tests undo what they change in it.

    The study runs once; each worker gets a copy of its own.
    """
    from tests.support.workflow_project import Project, finished_project

    own = tmp_path_factory.mktemp("finished")
    in_parallel = "PYTEST_XDIST_WORKER" in os.environ
    shared = own.parent.parent if in_parallel else own
    return Project(finished_project(shared / "study", root).copy(own / "project"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests that need a GPU where there is none."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch  # only when a test asks for it: collection stays quick

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
