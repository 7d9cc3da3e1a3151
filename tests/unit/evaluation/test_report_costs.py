"""Costs of constraints in the report: middles of bounds, percent, remarks."""

from __future__ import annotations

import pandas as pd

from ebmflow.evaluation.report_costs import cost_rows

COLUMNS = ["dataset", "model", "seed", "reference", "statistic", "convention", "value", "note"]


def costs(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([("d", "free", *row) for row in rows], columns=COLUMNS)


def test_a_cost_stands_in_nats_and_percent_between_its_bounds() -> None:
    table = costs(
        (0, "test", "erasure", "lower", 20.0, ""),
        (0, "test", "erasure_per_site", "lower", 0.2, "loose"),
        (0, "test", "erasure_per_site", "upper", 0.3, "loose"),
        (0, "test", "erasure_fraction", "lower", 0.1, ""),
        (0, "test", "erasure_fraction", "upper", 0.15, ""),
        (0, "train", "erasure_per_site", "lower", 9.0, ""),
    )
    (line,) = cost_rows(table, "d")
    assert (line["name"], line["model"], line["split"]) == ("erasure", "free", "test")
    assert [(cell.text, cell.spread) for cell in line["cells"]] == [
        ("0.25", "0.2 to 0.3"), ("12.5 %", "10.0 % to 15.0 %"),
    ]  # fmt: skip
    assert line["remark"] == "loose"
    assert cost_rows(table, "other") == []


def test_exact_values_come_before_bounds_and_seeds_are_averaged() -> None:
    table = costs(
        *[(seed, "train", "release_per_site", "exact", 0.1 + seed, "") for seed in (0, 1)],
        *[(seed, "train", "release_per_site", "lower", 7.0, "") for seed in (0, 1)],
        *[(seed, "train", "release_fraction", "lower", 0.1, "") for seed in (0, 1)],
        *[(seed, "train", "release_fraction", "upper", 0.3, "") for seed in (0, 1)],
    )
    (line,) = cost_rows(table, "d")
    assert [cell.text for cell in line["cells"]] == ["0.6", "20.0 %"]
    assert "2 seeds" in line["cells"][0].remark
    assert line["split"] == "train"
