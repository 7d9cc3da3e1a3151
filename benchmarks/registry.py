"""The benchmarks by name, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import limits, runs, sampling, starting
from benchmarks.datasets import measure_metrics, measure_reading, measure_reweighting
from benchmarks.measure import Settings, Table

Benchmark = Callable[[Table, Settings], None]

BENCHMARKS: dict[str, Benchmark] = {
    "limits": limits.measure_limits,
    "updates": sampling.measure_updates,
    "sweeps": sampling.measure_sweeps,
    "persistent": sampling.measure_persistent,
    "chaotic": sampling.measure_chaotic,
    "annealing": sampling.measure_annealing,
    "runs": runs.measure_runs,
    "reweighting": measure_reweighting,
    "reading": measure_reading,
    "metrics": measure_metrics,
    "starting": starting.measure_starting,
}
ON_GPU = ("limits", "updates", "sweeps", "persistent", "chaotic", "annealing", "runs")
# Left out on a CPU unless asked for.
FOR_GPU_ONLY = ("runs",)
