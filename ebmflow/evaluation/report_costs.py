"""Part of the report: what constraints cost in log-likelihood, laid out as Table I of its paper.

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Table I: costs per site, and as percent of
the log-likelihood of the unconstrained machine.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ebmflow.evaluation.report_tables import Cell, format_number, number_cell

PER_SITE, SHARE = "_per_site", "_fraction"
EXACT = "exact"


def cost_rows(costs: pd.DataFrame, dataset: str) -> list[dict[str, Any]]:
    """Return one line per cost and model: name, model, cells (nats per site, percent), remark.

    Costs of held-out rows, or of training rows where there are no others. A cost lies between two
    bounds: the cell shows their middle, and the bounds beside it; several seeds are averaged.

    Parameters
    ----------
    costs : DataFrame
        Score rows of the metric ``cost``.
    """
    here = costs[costs["dataset"] == dataset]
    split = "test" if (here["reference"] == "test").any() else "train"
    here = here[(here["reference"] == split) & here["value"].notna()]
    named = here[here["statistic"].str.endswith(PER_SITE)]
    lines = []
    for (model, statistic), rows in named.groupby(["model", "statistic"], sort=False):
        name = statistic.removesuffix(PER_SITE)
        of_model = here[here["model"] == model]
        shares = of_model[of_model["statistic"] == name + SHARE]
        notes = sorted({note for note in rows["note"].fillna("") if note})
        cells = [_between(rows, "3g"), _between(shares, "pct")]
        line = {"name": name.replace("_", " "), "model": model, "cells": cells}
        lines.append({**line, "split": split, "remark": "; ".join(notes)})
    return lines


def _between(rows: pd.DataFrame, form: str) -> Cell:
    """Middle of the bounds, mean over seeds; the exact value where there is one."""
    if (rows["convention"] == EXACT).any():
        return number_cell(rows.loc[rows["convention"] == EXACT, "value"], form)
    bounds = rows.groupby("seed")["value"].agg(["min", "max"])
    cell = number_cell(bounds.mean(axis=1), form)
    low, high = (format_number(float(bounds[one].mean()), form) for one in ("min", "max"))
    if low == high or len(bounds) > 1:
        return cell
    return cell._replace(remark="between two bounds", spread=f"{low} to {high}")
