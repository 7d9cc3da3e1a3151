"""Start-up: the command's help, a workflow with nothing to do, one trivial job."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Goal, Settings, Table

SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
# Imports of a job that trains, without its work.
JOB = "import ebmflow.stages.train, ebmflow.stages.job"


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - start


def measure_starting(table: Table, settings: Settings) -> None:
    """Medians of wall times, against the goals in seconds."""
    commands = {
        "ebmflow --help": ([sys.executable, "-m", "ebmflow.cli", "--help"], 0.5),
        "imports of a training job": ([sys.executable, "-c", JOB], 2.5),
    }
    if Path("results").exists():
        commands["snakemake -n, nothing to do"] = ([*SNAKEMAKE, "-n"], 5.0)
    for name, (command, most) in commands.items():
        times = sorted(_seconds(command) for _ in range(settings.rounds + 2))
        taken = times[len(times) // 2]
        table.add(
            "start-up",
            name,
            {"ebmflow": taken, f"goal {most} s": most},
            (Goal(f"goal {most} s", 1.0),),
        )
    if "snakemake -n, nothing to do" not in commands:
        table.skip("start-up", "snakemake -n, nothing to do", "ebmflow", "no results/ here")
