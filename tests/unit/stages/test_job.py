"""A job writes its log, carries provenance, and fails with one readable line."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ebmflow.errors import DataError, Interrupted
from ebmflow.io.table_file import read_table, write_table
from ebmflow.stages import job


@pytest.fixture(autouse=True)
def keep_process_state():
    """Jobs are processes of their own: they change logging and the environment."""
    environment, handlers = dict(os.environ), logging.root.handlers[:]
    import torch

    threads = torch.get_num_threads()
    yield
    for handler in logging.root.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.close()
    logging.root.handlers[:] = handlers
    logging.captureWarnings(False)
    os.environ.clear()
    os.environ.update(environment)
    torch.set_num_threads(threads)


def description(folder: Path, **changes) -> SimpleNamespace:
    source = folder / "input.txt"
    source.write_text("rows\n")
    facts = {
        "rule": "sample",
        "log": [str(folder / "logs" / "job.log")],
        "input": [str(source)],
        "params": SimpleNamespace(spec={"a": 1}, code="abc"),
        "threads": 1,
    }
    return SimpleNamespace(**{**facts, **changes})


def write_output(*, output: Path, seed: int, spec: dict) -> None:
    logging.getLogger("ebmflow.test").info("working")
    write_table(output, {"x": [1]}, kind="test")


def test_files_carry_provenance_and_the_log_tells_the_story(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    job.run(write_output, description(tmp_path), output=str(target), seed=3, spec={"a": 1})
    facts = read_table(target, kind="test")[1]["provenance"]
    assert facts["rule"] == "sample"
    assert facts["seed"] == 3
    assert facts["code"] == "abc"
    content = hashlib.sha256(b"rows\n").hexdigest()
    assert facts["inputs"] == {"input.txt": content}
    log = (tmp_path / "logs" / "job.log").read_text()
    assert "threads 1" in log
    assert facts["spec_digest"] in log
    assert "working" in log
    assert "done in" in log


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (DataError("x.fasta, record 3", "empty", "letters"), 1, "x.fasta, record 3: empty"),
        (Interrupted("update 7", "asked to stop"), 75, "update 7: asked to stop"),
        (MemoryError(), 1, "out of memory"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), 1, "a.txt: No such file"),
        (KeyError("label"), 1, "unexpected KeyError: 'label'"),
        (ValueError("two\nlines"), 1, "unexpected ValueError: two lines"),
    ],
)
def test_failures_end_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture, error: Exception, status: int, line: str
) -> None:
    def stage(*, spec: dict) -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        job.run(stage, description(tmp_path), spec={})
    assert caught.value.code == status
    *_, where, last = capsys.readouterr().err.strip().splitlines()
    assert last.startswith(f"sample: {line}")
    log = Path(where.removeprefix("Traceback in "))
    assert "Traceback (most recent call last)" in log.read_text()
    assert log.read_text().strip().splitlines()[-1] == last


def test_strings_become_paths_where_the_stage_expects_paths(tmp_path: Path) -> None:
    seen = {}

    def stage(*, one: Path, many: list[Path], maybe: Path | None, text: str, spec: dict) -> None:
        seen.update(one=one, many=many, maybe=maybe, text=text)

    values = {"one": "a", "many": ["b", "c"], "maybe": None, "text": "d", "spec": {}}
    job.run(stage, description(tmp_path), **values)
    expected = {"one": Path("a"), "many": [Path("b"), Path("c")], "maybe": None, "text": "d"}
    assert seen == expected


def test_threads_reach_libraries_imported_before_and_after() -> None:
    code = (
        "import torch; from ebmflow.stages.job import set_threads; set_threads(1); import numba;"
        "print(torch.get_num_threads(), numba.get_num_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]


def test_a_log_names_few_of_many_inputs(tmp_path: Path) -> None:
    names = [tmp_path / f"{number}.txt" for number in range(6)]
    for name in names:
        name.write_text("")
    job.run(lambda *, spec: None, description(tmp_path, input=names), spec={})
    log = (tmp_path / "logs" / "job.log").read_text()
    assert "3.txt and 2 more" in log
    assert "5.txt" not in log


def test_names_of_gives_the_seed_as_a_number() -> None:
    assert job.names_of({"dataset": "toy", "seed": "3"}) == {"dataset": "toy", "seed": 3}
