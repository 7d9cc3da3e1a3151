"""Stage `plot_couplings`: couplings of a chaotic network in both directions."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.couplings import draw_couplings
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_couplings(*, couplings: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw couplings of the two directions, their trained part, and how symmetric they are.

    Parameters
    ----------
    couplings : Path
        Table of kind ``couplings``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    table, facts = read_frame(couplings, kind="couplings")
    save_figure(draw_couplings(table, facts, title=spec.get("title", "")), svg, png)
