"""Log-likelihoods of training and held-out rows under one machine: does it overfit?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ebmflow.figures.style import DATA_COLOUR, PALETTE, new_figure, set_title, styled

SIDES = (("train", "training rows", DATA_COLOUR), ("test", "held-out rows", PALETTE[2]))
BINS = 40


@styled
def draw_likelihoods(
    columns: Mapping[str, np.ndarray],
    facts: Mapping[str, Any],
    *,
    warning: str = "",
    title: str = "",
) -> Figure:
    """Draw histograms of log-likelihoods, and their means as vertical lines.

    Parameters
    ----------
    columns : mapping of ndarray (n,)
        split (``train`` or ``test``), weight, log_unnormalised (nats).
    facts : mapping
        log_partition: name -> (ln Z, standard error); `exact` is used where it is known, else the
        middle of the bounds.
    warning : str
        What must be said of the bounds, in a few words.
    """
    log_z, kind = _log_partition(facts["log_partition"])
    values = columns["log_unnormalised"] - log_z
    edges = np.histogram_bin_edges(values, bins=BINS)
    figure = new_figure(5.6, 3.4)
    axes = figure.subplots()
    means = {}
    for side, name, colour in SIDES:
        chosen = columns["split"] == side
        if not chosen.any():
            continue
        weights = columns["weight"][chosen]
        means[side] = float(np.average(values[chosen], weights=weights))
        axes.hist(
            values[chosen], edges, weights=weights, density=True, color=colour, alpha=0.35,
            histtype="stepfilled", edgecolor=colour, label=f"{chosen.sum():,} {name}",
        )  # fmt: skip
        axes.axvline(means[side], color=colour, lw=1.2, ls="--")
    axes.set(xlabel=f"log-likelihood (nats), {kind}", ylabel="density")
    if warning:
        figure.supxlabel(warning, x=0.01, ha="left", fontsize=8)
    axes.legend()
    gap = means.get("train", np.nan) - means.get("test", np.nan)
    note = f"means differ by {gap:.3g} nats" if np.isfinite(gap) else "rows of one side only"
    set_title(figure, title, note)
    return figure


def _log_partition(found: Mapping[str, Any]) -> tuple[float, str]:
    """ln Z, and how it is known."""
    if "exact" in found:
        return found["exact"][0], "exact ln Z"
    return (found["forward"][0] + found["reverse"][0]) / 2, "ln Z midway between its bounds"
