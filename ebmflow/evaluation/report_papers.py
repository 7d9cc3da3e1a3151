"""Part of the report: what papers report and claim beside what the study obtained."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ebmflow.evaluation.expectations.verdict import AGREES, DEVIATES, NOT_RUN, UNDECIDED
from ebmflow.evaluation.report_tables import format_number

VERDICTS = (AGREES, DEVIATES, UNDECIDED, NOT_RUN)
# A sign beside the word, so that colour is not needed.
SIGNS = {AGREES: "✓", DEVIATES: "✗", UNDECIDED: "?", NOT_RUN: "–"}
INTERVALS = {"seeds": "95\u00a0% over seeds", "rows": "95\u00a0%, one seed"}


def paper_section(table: pd.DataFrame) -> dict[str, Any]:
    """Return counts of verdicts, lines with a value, and those that were not run.

    Parameters
    ----------
    table : DataFrame
        Columns of `ebmflow.evaluation.expectations.compare`; may be empty.
    """
    counts = table["verdict"].value_counts() if len(table) else pd.Series(dtype=int)
    lines = [_line(row) for row in table.itertuples()]
    return {
        "counts": {name: int(counts[name]) for name in VERDICTS if name in counts},
        "compared": [line for line in lines if line["verdict"] != NOT_RUN],
        "not_run": [line for line in lines if line["verdict"] == NOT_RUN],
    }


def _line(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "paper": row.paper,
        "what": row.what,
        "claim": row.claim,
        "source": row.source,
        "unit": row.unit,
        "published": _number(row.paper_value),
        "obtained": _number(row.obtained),
        "value": None if math.isnan(row.obtained) else row.obtained,
        "interval": _interval(row),
        "dataset": row.dataset,
        "models": row.models,
        "data": row.data,
        "rule": row.rule,
        "verdict": row.verdict,
        "sign": SIGNS[row.verdict],
        "reason": row.reason,
    }


def _number(value: float) -> str:
    """Three digits; whole numbers as they are."""
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else format_number(value, "3g")


def _interval(row: Any) -> str:
    if math.isnan(row.low):
        return ""
    if math.isinf(row.high):
        return "not reached; at least this"
    # What belongs to no run, such as the data themselves, has no seeds.
    said = INTERVALS.get(row.interval, "") if row.seeds else "95\u00a0%"
    return f"{_number(row.low)} to {_number(row.high)}" + f" ({said})" * bool(said)
