"""docs/outputs.md names every file that a study writes, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
# Gone when a run is complete; of data whose exact behaviour is known.
OTHER_KINDS = re.compile("checkpoints|observables|environments")


def documented(root: Path) -> list[str]:
    text = (root / "docs" / "outputs.md").read_text()
    return re.findall(r"^\| `(results/[^`]+)` \|", text, flags=re.MULTILINE)


def pattern(path: str) -> re.Pattern:
    """Regular expression of a documented path; folders stand for what is in them."""
    text = re.sub(r"\\\{\w+\\\}", r"[\\w.-]+", re.escape(path))
    return re.compile(text + (".*" if path.endswith("/") else ""))


@pytest.fixture(scope="module")
def written(finished) -> list[str]:
    results = finished.folder / "results"
    found = (path.relative_to(finished.folder).as_posix() for path in results.rglob("*"))
    return [name for name in found if (finished.folder / name).is_file()]


def test_every_file_is_documented(root: Path, written: list[str]) -> None:
    patterns = [pattern(path) for path in documented(root)]
    unknown = [name for name in written if not any(one.fullmatch(name) for one in patterns)]
    # Snakemake marks folders that are outputs.
    assert not [name for name in unknown if not name.endswith(".snakemake_timestamp")]


def test_every_documented_file_is_written(root: Path, written: list[str]) -> None:
    absent = [
        path
        for path in documented(root)
        if not any(pattern(path).fullmatch(name) for name in written)
        and not OTHER_KINDS.search(path)
    ]
    assert not absent
