"""Stage `plot_observables`: measured observables on their exact curves."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.observables import draw_observables
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_observables(*, observables: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw measured and exact values, one panel per observable.

    Parameters
    ----------
    observables : Path
        Table of kind ``observables``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(observables, kind="observables")
    save_figure(draw_observables(frame, facts, title=spec.get("title", "")), svg, png)
