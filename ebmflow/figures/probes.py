"""What hidden inputs know about labels: information against classifier width, correlations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import colours, escape, new_figure, set_title, styled

INPUTS = re.compile(r"^(?:logistic|two_layer_(\d+))_on_inputs$")
BINS = np.linspace(0, 1, 21)


@styled
def draw_probes(
    scores: pd.DataFrame, correlations: dict[str, pd.DataFrame], *, title: str = ""
) -> Figure:
    """Draw information in bits against classifier width, and absolute correlations of inputs.

    Parameters
    ----------
    scores : DataFrame
        Score rows of the metric ``probe``.
    correlations : dict of DataFrame
        Model -> columns age, unit, label, pearson.
    """
    figure = new_figure(9.6, 3.4)
    left, right = figure.subplots(1, 2)
    palette = colours(sorted(correlations))
    _draw_information(left, scores, palette)
    names = sorted(correlations)
    # Bars side by side: machines often fill the same bin.
    right.hist(
        [_last_correlations(correlations[name]) for name in names],
        BINS,
        color=[palette[name] for name in names],
        label=[escape(name) for name in names],
    )
    right.set(xlabel="|correlation| of a unit's input with a label", ylabel="units x labels")
    right.set_yscale("symlog", linthresh=1)
    right.set_title("training rows", loc="left")
    right.legend(fontsize=7)
    set_title(figure, title)
    return figure


def _last_correlations(table: pd.DataFrame) -> np.ndarray:
    last = table[table["age"] == table["age"].max()]
    return last["pearson"].abs().dropna().to_numpy()


def _draw_information(axes: Axes, scores: pd.DataFrame, palette: dict[str, str]) -> None:
    rows = scores[(scores["statistic"] == "information_bits") & (scores["group"] == "all")]
    rows = rows[rows["sampling"].str.match(INPUTS)]
    width = rows["sampling"].str.extract(INPUTS)[0].fillna("0").astype(int)
    rows = rows.assign(width=width)
    shown = sorted(rows["width"].unique())
    for name, part in rows.groupby("model"):
        mean = part.groupby("width")["value"].mean()
        places = [shown.index(one) for one in mean.index]
        axes.plot(places, mean, marker="o", ms=4, color=palette.get(name), label=escape(name))
    axes.set_xticks(range(len(shown)), ["logistic", *map(str, shown[1:])][: len(shown)])
    axes.axhline(0, color="#888888", lw=0.6)
    axes.set(xlabel="hidden units of the classifier", ylabel="information about the label (bits)")
    axes.set_title("held-out rows, lower bounds", loc="left")
    axes.legend(fontsize=7)
