"""A few kills of every stage; `make stress` makes a hundred."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.stress import jobs, kills

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, jobs.Job]]:
    with jobs.stages(tmp_path_factory.mktemp("inputs")) as found:
        yield {job.name: job for job in found}


@pytest.mark.parametrize("name", ["train", "sample", "score", "fetch", "fold"])
def test_killed_stages_come_to_the_same_end(name: str, stages, tmp_path: Path) -> None:
    found = kills.kill_until_done(stages[name], tmp_path, 2, np.random.default_rng(1))
    assert found.kills == 2


def test_a_stage_that_writes_halves_is_found_out(tmp_path: Path) -> None:
    """The test of the test: an output that grows in place."""

    def grow(folder: Path) -> None:
        with open(folder / "out.txt", "w") as out:
            for number in range(3000):
                out.write(f"{number}\n")
                out.flush()

    careless = jobs.Job("careless", grow, ("out.txt",))
    with pytest.raises(AssertionError, match=r"careless: out\.txt is half-written"):
        kills.kill_until_done(careless, tmp_path, 20, np.random.default_rng(0))
