"""How many labels a vector needs; costs of constraints by the Gaussian-spin formulas."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ebmflow.figures.style import DATA_COLOUR, PALETTE, new_figure, plain_ticks, set_title, styled


@styled
def draw_label_theory(
    overlap: pd.DataFrame, costs: pd.DataFrame, facts: dict[str, Any], *, title: str = ""
) -> Figure:
    """Draw the overlap against the number of labels, and costs against the number of units.

    Parameters
    ----------
    overlap, costs : DataFrame
        Of kinds ``label_overlap`` and ``gaussian_costs``.
    facts : dict
        interlacing_violation.
    """
    figure = new_figure(9.6, 3.4)
    left, right = figure.subplots(1, 2)
    x = overlap["per_entry"]
    left.plot(x, overlap["mean"], color=DATA_COLOUR, marker="o", ms=3, label="mean over draws")
    left.fill_between(
        x,
        overlap["mean"] - overlap["deviation"],
        overlap["mean"] + overlap["deviation"],
        color=DATA_COLOUR,
        alpha=0.12,
        lw=0,
    )
    for name, style, text in (
        ("estimate", "--", "estimate, B labels a class"),
        ("estimate_printed", ":", "Eq. 30 as printed, B labels in all"),
    ):
        left.plot(x, overlap[name], color=PALETTE[2], ls=style, label=text)
    left.set(xscale="log", xlabel="labels / entries of a row", ylabel="overlap with the vector")
    plain_ticks(left.xaxis, list(x))
    left.set_ylim(min(0.0, float(overlap["mean"].min())), 1.02)
    left.set_title("label vectors from few labels", loc="left")
    left.legend()
    for name, colour in (("erasure", PALETTE[5]), ("disentanglement", PALETTE[0])):
        right.plot(costs["units"], costs[name], color=colour, marker="o", ms=3, label=name)
    right.set(xlabel="Gaussian hidden units", ylabel="cost, nats per site", ylim=(0, None))
    right.set_title("costs by the Gaussian-spin formulas", loc="left")
    right.legend()
    violation = facts["interlacing_violation"]
    set_title(figure, title, f"Poincaré interlacing: largest violation {violation:.1g}")
    return figure
