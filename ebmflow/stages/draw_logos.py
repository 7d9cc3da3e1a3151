"""Stage `draw_logos`: sequence logos."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.logos import draw_logo_pairs
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def draw_logos(*, logos: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw sequence logos, one row of panels per label: data on the left, generated on the right.

    Parameters
    ----------
    logos : Path
        Table of kind ``logo``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(logos, kind="logo")
    save_figure(draw_logo_pairs(frame, facts, title=spec.get("title", "")), svg, png)
