"""What hidden inputs know about labels: information against classifier width, correlations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.figures.style import colours, escape, new_figure, say_empty, set_title, styled

# Width, and what is read: the first of FEATURES that any classifier had.
CLASSIFIER = re.compile(r"^(?:logistic|two_layer_(\d+))_on_(\w+)$")
FEATURES = {"inputs": "hidden inputs", "samples": "sampled hidden units", "data": "the data"}
BINS = np.linspace(0, 1, 21)


@styled
def draw_probes(
    scores: pd.DataFrame, correlations: dict[str, pd.DataFrame], *, title: str = ""
) -> Figure:
    """Draw information and AUC against classifier width, and absolute correlations of inputs.

    Parameters
    ----------
    scores : DataFrame
        Score rows of the metric ``probe``.
    correlations : dict of DataFrame
        Model -> columns age, unit, label, pearson.
    """
    figure = new_figure(12.4, 3.4)
    left, middle, right = figure.subplots(1, 3)
    palette = colours(sorted(correlations))
    _draw_over_width(left, scores, "information_bits", palette)
    left.axhline(0, color="#888888", lw=0.6)
    left.set_ylabel("information about the label (bits)")
    left.set_title("held-out rows, lower bounds", loc="left")
    _draw_over_width(middle, scores, "auc", palette)
    middle.axhline(0.5, color="#888888", lw=0.6)
    middle.set_ylabel("area under the curve, mean over labels")
    middle.set_title("held-out rows", loc="left")
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


def _draw_over_width(
    axes: Axes, scores: pd.DataFrame, statistic: str, palette: dict[str, str]
) -> None:
    """Mean over seeds, and over labels where a score is of one of them."""
    rows = scores[(scores["statistic"] == statistic) & scores["value"].notna()]
    parts = rows["sampling"].str.extract(CLASSIFIER)
    feature = next((one for one in FEATURES if (parts[1] == one).any()), "")
    rows = rows.assign(width=parts[0].fillna("0").astype(int))[parts[1] == feature]
    shown = sorted(rows["width"].unique())
    for name, part in rows.groupby("model"):
        mean = part.groupby("width")["value"].mean()
        places = [shown.index(one) for one in mean.index]
        axes.plot(places, mean, marker="o", ms=4, color=palette.get(name), label=escape(name))
    axes.set_xticks(range(len(shown)), [str(one) if one else "logistic" for one in shown])
    if not shown:
        say_empty(axes, "no classifier has a value")
        return
    axes.set_xlabel(f"units of a classifier that reads {FEATURES[feature]}")
    axes.legend(fontsize=7)
