"""Interleaved timing, and one table of all of it.

Works that are compared take turns within a run, so that what else the machine does falls on all of
them alike; medians and their ratios are kept. A ratio above 1 says that ours is faster. On one CPU
thread processor time is measured, which other work on the machine disturbs less than wall time.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

Work = Callable[[], object]


class Goal(NamedTuple):
    """At least this ratio of a method's time to ours."""

    method: str
    ratio: float


class Settings(NamedTuple):
    """What a run of the benchmarks may use; `whole` runs whole trainings instead of a part."""

    device: str
    threads: int
    rounds: int
    scale: float
    whole: bool = False


class Table:
    """Rows: work, shape, method, median seconds, ratio to ours, goal, and whether it is reached."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def add(
        self, work: str, shape: str, seconds: Mapping[str, float], goals: tuple[Goal, ...] = ()
    ) -> None:
        """Add the methods of one piece of work; the first is ours."""
        ours = next(iter(seconds.values()))
        wanted = {goal.method: goal.ratio for goal in goals}
        for method, taken in seconds.items():
            ratio = taken / ours
            goal = wanted.get(method)
            reached = "" if goal is None else ("yes" if ratio >= goal else "no")
            self._append(work, shape, method, taken, ratio, goal, reached)
        for goal in goals:
            if goal.method not in seconds:
                self.skip(work, shape, goal.method, "not installed", goal.ratio)

    def skip(
        self, work: str, shape: str, method: str, reason: str, goal: float | None = None
    ) -> None:
        """Say why something was not measured."""
        self._append(work, shape, method, None, None, goal, f"skipped: {reason}")

    def limit(self, work: str, shape: str, value: float, unit: str) -> None:
        """Add a limit of the machine."""
        self._append(work, shape, f"{value:.1f} {unit}", None, None, None, "")

    def _append(self, *values: object) -> None:
        names = ("work", "shape", "method", "seconds", "ratio", "goal", "reached")
        self.rows.append(dict(zip(names, values, strict=True)))
        print("\t".join("" if v is None else _text(v) for v in values), flush=True)

    def write(self, folder: Path, heading: str) -> None:
        """Write ``table.parquet`` and ``table.md``."""
        folder.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(self.rows)
        frame.to_parquet(folder / "table.parquet")
        lines = [heading, "", "| " + " | ".join(frame.columns) + " |", "| --- " * 7 + "|"]
        for row in self.rows:
            cells = ("" if v is None else _text(v) for v in row.values())
            lines.append("| " + " | ".join(cells) + " |")
        (folder / "table.md").write_text("\n".join(lines) + "\n")


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def interleave(
    works: Mapping[str, Work], rounds: int, device: str = "cpu", scaled: Mapping[str, float] = {}
) -> dict[str, float]:
    """Median seconds of each work after one round for warmth.

    Parameters
    ----------
    scaled : mapping of float
        Works that do only a part; their times are multiplied by this.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            gc.collect()
            taken[name].append(_seconds(work, device))
    return {n: statistics.median(t[1:] or t) * scaled.get(n, 1.0) for n, t in taken.items()}


def _seconds(work: Work, device: str) -> float:
    finish = torch.cuda.synchronize if device.startswith("cuda") else (lambda: None)
    alone = device == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if alone else time.perf_counter
    finish()
    start = clock()
    work()
    finish()
    return clock() - start
