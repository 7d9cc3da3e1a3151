"""Stage `plot_confusion`: the confusion matrix."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.classification import draw_confusion
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_confusion(*, predictions: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw the confusion matrix of held-out rows.

    Parameters
    ----------
    predictions : Path
        Table of kind ``predictions``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(predictions, kind="predictions")
    save_figure(draw_confusion(frame, facts, title=spec.get("title", "")), svg, png)
