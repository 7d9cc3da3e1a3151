"""Stage `plot_likelihoods`: log-likelihoods of training and held-out rows under one machine."""

from __future__ import annotations

import re
from pathlib import Path

from ebmflow.evaluation.costs import bounds_note
from ebmflow.figures.likelihoods import draw_likelihoods
from ebmflow.io.table_file import read_table
from ebmflow.stages.figure_file import save_figure


def plot_likelihoods(*, rows: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw histograms of log-likelihoods.

    Parameters
    ----------
    rows : Path
        Table of kind ``row_likelihoods``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    columns, facts = read_table(rows, kind="row_likelihoods")
    found = facts["log_partition"]
    # Wrong bounds move both histograms, but say that the machine is hard to sample.
    warning = "" if "exact" in found else bounds_note(found, facts["sites"])
    warning = re.split("[;(]", warning)[0].strip()  # without what to do about it
    figure = draw_likelihoods(columns, facts, warning=warning, title=spec.get("title", ""))
    save_figure(figure, svg, png)
