"""Stage `plot_prediction_time`: accuracy of label chains against their sweeps."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.label_prediction import draw_prediction_time
from ebmflow.stages.figure_file import read_frames, save_figure


def plot_prediction_time(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw the accuracy of label chains on their way, one line a model.

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` that `classify` wrote for the runs of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    table = read_frames(scores, kind="scores")
    save_figure(draw_prediction_time(table, title=spec.get("title", "")), svg, png)
