"""Stage `plot_calibration`: are predicted labels right as often as their probability says?"""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.label_prediction import draw_calibration
from ebmflow.stages.figure_file import read_frames, save_figure


def plot_calibration(
    *, scores: list[Path], calibration: list[Path], svg: Path, png: Path, spec: dict
) -> None:
    """Draw accuracy against confidence, and areas under the curve of labels.

    Parameters
    ----------
    scores, calibration : list of Path
        Tables of these kinds that `classify` wrote for the runs of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    tables = read_frames(calibration, kind="calibration"), read_frames(scores, kind="scores")
    save_figure(draw_calibration(*tables, title=spec.get("title", "")), svg, png)
