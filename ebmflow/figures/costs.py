"""Log-likelihoods of compared machines and costs of constraints, each between two bounds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import PALETTE, escape, new_figure, percent, set_title, styled

BAD_COLOUR = "#BB2222"
LIKELIHOOD = "log_likelihood"
FITTED = "_shares_fitted"
SUFFIX = "_per_site"
SHARE = "_fraction"


@styled
def draw_costs(scores: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw log-likelihoods per site by model (left) and costs per site (right), of held-out rows.

    Parameters
    ----------
    scores : DataFrame
        Score rows of the metrics ``likelihood`` and ``cost``; several seeds are drawn side by side.
    """
    held_out = scores[(scores["reference"] == "test") & (scores["group"] == "all")]
    held_out = held_out[held_out["age"] == held_out.groupby("model")["age"].transform("max")]
    likelihoods = _with_versions(held_out)
    costs = held_out[
        (held_out["metric"] == "cost") & held_out["statistic"].str.endswith(SUFFIX)
    ].assign(statistic=lambda one: one["statistic"].str.removesuffix(SUFFIX))
    figure = new_figure(9.6, 3.6)
    left, right = figure.subplots(1, 2)
    _draw_intervals(left, likelihoods, "model")
    left.set_title("log-likelihood of held-out rows", loc="left")
    _draw_intervals(right, costs, "statistic", _shares(held_out[held_out["metric"] == "cost"]))
    right.axvline(0, color="#888888", lw=0.6)
    right.set_title("cost, and share of the log-likelihood", loc="left")
    bad = sorted(set(held_out.loc[held_out["note"].fillna("") != "", "note"]))
    set_title(figure, title, "; ".join(bad) if bad else "no bounds cross")
    return figure


def _with_versions(scores: pd.DataFrame) -> pd.DataFrame:
    """Likelihoods per site, by model; with fitted shares of states, as a model of its own."""
    own = scores[scores["statistic"] == LIKELIHOOD + SUFFIX]
    fitted = scores[scores["statistic"] == LIKELIHOOD + FITTED + SUFFIX]
    return pd.concat([own, fitted.assign(model=fitted["model"] + "," + FITTED)])


def _shares(costs: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Name of a cost and seed -> cost over the unconstrained log-likelihood, between its bounds."""
    shares = costs[costs["statistic"].str.endswith(SHARE)]
    over = shares.groupby(["statistic", "seed"])["value"].agg(["min", "max"]).mean(axis=1)
    return {(name.removesuffix(SHARE), seed): value for (name, seed), value in over.items()}


def _draw_intervals(
    axes: Axes, rows: pd.DataFrame, by: str, shares: Mapping[tuple[str, int], float] | None = None
) -> None:
    """One line a name and seed, from the lowest to the highest bound, with standard errors.

    `shares`, by name and seed, are written beside the values in percent.
    """
    names = list(dict.fromkeys(rows[by]))
    for place, name in enumerate(names):
        seeds = list(rows.loc[rows[by] == name].groupby("seed"))
        for index, (seed, part) in enumerate(seeds):
            y = place + 0.12 * (index - (len(seeds) - 1) / 2)
            colour = BAD_COLOUR if (part["note"].fillna("") != "").any() else PALETTE[0]
            axes.plot([part["value"].min(), part["value"].max()], [y, y], color=colour, lw=3)
            axes.errorbar(
                part["value"],
                [y] * len(part),
                xerr=part["standard_error"],
                fmt="o",
                ms=4,
                color=colour,
                capsize=3,
            )
            middle = (part["value"].min() + part["value"].max()) / 2
            share = (shares or {}).get((name, seed))
            said = f"{middle:.4f}" if share is None else f"{middle:.4f} ({percent(share)})"
            axes.annotate(
                said, (middle, y), (0, 7), textcoords="offset points", ha="center",
                fontsize=8,
            )  # fmt: skip
    axes.set_yticks(range(len(names)), [escape(name.replace("_", " ")) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("nats per site")
    axes.margins(x=0.15)
