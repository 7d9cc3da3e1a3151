"""Stage `plot_training`: the training history."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.training import draw_history
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_training(*, history: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw gradient norm, label accuracy and monitored score against updates.

    Parameters
    ----------
    history : Path
        Table of kind ``history``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(history, kind="history")
    save_figure(draw_history(frame, facts, title=spec.get("title", "")), svg, png)
