"""Stage `plot_novelty`: novelty histograms."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.novelty import draw_novelty
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_novelty(*, novelty: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw histograms of the distance to the nearest training row, per label.

    Parameters
    ----------
    novelty : Path
        Table of kind ``novelty``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(novelty, kind="novelty")
    save_figure(draw_novelty(frame, facts, title=spec.get("title", "")), svg, png)
