"""Kill stages at random moments, many times, and compare what comes out in the end.

A job is a forked process: it starts at once, so that a kill can hit any moment of its work.
`python -m tests.stress.kills --kills 100` is what `make stress` runs.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from tests.stress import jobs


class Outcome(NamedTuple):
    """What became of one stage.

    Attributes
    ----------
    kills : int
        Processes that were killed while they worked.
    seconds : float
        Of all attempts together.
    """

    stage: str
    kills: int
    seconds: float


def kill_until_done(job: jobs.Job, folder: Path, kills: int, generator) -> Outcome:
    """Kill a job at random moments, then let it end; its outputs are those of an undisturbed run.

    Raises
    ------
    AssertionError
        If an output is half-written after a kill, progress was lost, or the outcome differs.
    """
    started = time.monotonic()
    whole, duration = undisturbed(job, folder / "whole")
    work, done, progress = folder / "killed", 0, -1
    while done < kills:
        ended = attempt(job, work, generator.uniform(0, 1.2 * duration))
        progress = check_between(job, work, whole, progress)
        if ended:
            job.forget(work)
            progress = -1
        else:
            done += 1
    assert attempt(job, work, None), "the last run was not disturbed"
    assert job.outputs(work) == whole, f"{job.name}: other results than without kills"
    return Outcome(job.name, done, time.monotonic() - started)


def undisturbed(job: jobs.Job, folder: Path) -> tuple[dict[str, bytes], float]:
    """Outputs of a run that nobody kills, and how long it took."""
    attempt(job, folder, None)  # fills caches of compiled code and of the file system
    job.forget(folder)
    started = time.monotonic()
    assert attempt(job, folder, None), f"{job.name} fails even if nobody kills it"
    duration = time.monotonic() - started
    outputs = job.outputs(folder)
    assert outputs, f"{job.name} wrote nothing"
    return outputs, duration


def check_between(job: jobs.Job, work: Path, whole: dict[str, bytes], before: int) -> int:
    """Every output is absent or complete; what was saved of the work did not get less."""
    for name, content in job.outputs(work).items():
        assert content == whole[name], f"{job.name}: {name} is half-written: …{content[-80:]!r}"
    progress = job.progress(work)
    assert progress >= before or job.outputs(work), f"{job.name}: {before} became {progress}"
    return progress


def attempt(job: jobs.Job, folder: Path, seconds: float | None) -> bool:
    """Run a job in a process of its own; kill it after some seconds. Whether it came to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid == 0:
        run_and_exit(job.run, folder)
    if seconds is not None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, f"{job.name} ended in an error"
    return os.WIFEXITED(status)


def run_and_exit(run: Callable[[Path], None], folder: Path) -> None:
    """Never returns: the process is a copy of its parent and must not go on as such."""
    status = 1
    try:
        torch.set_num_threads(1)
        run(folder)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(arguments: list[str] | None = None) -> None:
    """Kill every stage in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="kills of all stages together")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    generator = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as folder, jobs.stages(Path(folder)) as stages:
        each = -(-options.kills // len(stages))
        print(f"{'stage':10}{'kills':>6}{'seconds':>9}")
        for job in stages:
            found = kill_until_done(job, Path(folder) / "work" / job.name, each, generator)
            print(f"{found.stage:10}{found.kills:6}{found.seconds:9.1f}", flush=True)
    print("every rerun came to its end, with the results of an undisturbed run")


if __name__ == "__main__":
    main()
