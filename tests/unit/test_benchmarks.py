"""The benchmark table: ratios to ours, goals, and reasons for what was not measured."""

from __future__ import annotations

import pandas as pd

from benchmarks.measure import Goal, Table, interleave


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
