"""The benchmark table: ratios to ours, goals, and reasons for what was not measured."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks import measure, runs
from benchmarks.measure import Goal, Settings, Table, interleave
from benchmarks.updates import Shape


def test_ratios_are_to_ours_and_goals_are_judged(tmp_path):
    table = Table()
    goals = (Goal("slow", 3.0), Goal("fast", 0.5), Goal("absent", 2.0))
    table.add("work", "shape", {"ours": 2.0, "slow": 8.0, "fast": 0.5}, goals)
    table.skip("work, on a GPU", "", "ours", "no GPU here")
    table.write(tmp_path, "Heading.")
    frame = pd.read_parquet(tmp_path / "table.parquet").set_index("method")
    assert frame.loc["slow", "ratio"] == 4.0
    assert frame["reached"].to_list() == [
        "", "yes", "no", "skipped: not installed", "skipped: no GPU here",
    ]  # fmt: skip
    text = (tmp_path / "table.md").read_text()
    assert text.startswith("Heading.\n")
    assert len(text.strip().splitlines()) == 2 + 2 + 5


def test_works_take_turns_and_partial_ones_are_scaled():
    calls = []
    works = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    seconds = interleave(works, 2, scaled={"b": 0.0})
    assert calls == ["a", "b"] * 3
    assert seconds["b"] == 0.0


@pytest.mark.parametrize("whole", [False, True])
def test_whole_runs_say_whether_they_were_extrapolated(whole, monkeypatch):
    done = []
    run = runs.Run(Shape(6, 5, 2, 4, 3, 1), rows=12, updates=400, goal=1.0)
    monkeypatch.setattr(runs, "RUNS", {"tiny": run})
    monkeypatch.setattr(runs, "training", lambda run, device, part: lambda: done.append(part))
    monkeypatch.setattr(measure, "_seconds", lambda work, device: (work(), 2.0)[1])
    table = Table()
    runs.measure_runs(table, Settings("cpu", 1, 1, 1.0, whole))
    ours, goal = table.rows
    assert set(done) == {400 if whole else 100}
    assert ours["method"] == ("ebmflow" if whole else "ebmflow, extrapolated from 100 updates")
    assert ours["seconds"] == (2.0 if whole else 8.0)
    assert goal["ratio"] == pytest.approx(1.0 / ours["seconds"])


def test_whole_runs_train():
    run = runs.Run(Shape(6, 5, 3, 4, 3, 1), rows=12, updates=4, goal=1.0)
    runs.training(run, "cpu", 3)()
