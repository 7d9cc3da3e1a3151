"""Stage `compare_ages`: quality over generation time at several training ages."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.quality import draw_quality_by_age
from ebmflow.stages.figure_file import read_frames, save_figure


def compare_ages(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw scores against generation time, a line a training age, models side by side.

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` of the runs of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent), ``independent`` (whether to draw independent sites).
    """
    table = read_frames(scores, kind="scores")
    independent = spec.get("independent", True)
    figure = draw_quality_by_age(table, title=spec.get("title", ""), independent=independent)
    save_figure(figure, svg, png)
