"""Stage `plot_likelihoods`: log-likelihoods of training and held-out rows under one machine."""

from __future__ import annotations

from pathlib import Path

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
    save_figure(draw_likelihoods(columns, facts, title=spec.get("title", "")), svg, png)
