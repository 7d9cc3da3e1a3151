"""Stage `plot_judged`: how probable other machines find generated rows."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.judged import draw_judged
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_judged(*, judged: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw what other machines say of generated rows, beside held-out ones.

    Parameters
    ----------
    judged : Path
        Table of kind ``judged``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    table, facts = read_frame(judged, kind="judged")
    save_figure(draw_judged(table, facts, title=spec.get("title", "")), svg, png)
