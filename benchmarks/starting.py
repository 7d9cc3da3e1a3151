"""Start-up: the command's help, a workflow with nothing to do, one trivial job."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Goal, Settings, Table

SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
# Imports of a job that trains, without its work.
JOB = "import ebmflow.stages.train, ebmflow.stages.job"


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_starting(table: Table, settings: Settings) -> None:
    """Medians of processor times, which other work on the machine disturbs less than wall times."""
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
