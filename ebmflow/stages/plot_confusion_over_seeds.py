"""Stage `plot_confusion_over_seeds`: confusion matrices averaged over seeds."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.label_prediction import draw_confusion_over_seeds
from ebmflow.stages.figure_file import read_frames, save_figure


def plot_confusion_over_seeds(*, confusion: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw the mean confusion matrix of each model, and its spread over seeds.

    Parameters
    ----------
    confusion : list of Path
        Tables of kind ``confusion`` of the runs of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    table = read_frames(confusion, kind="confusion")
    save_figure(draw_confusion_over_seeds(table, title=spec.get("title", "")), svg, png)
