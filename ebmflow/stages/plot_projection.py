"""Stage `plot_projection`: the PCA scatter."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.projection import draw_projection
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_projection(*, projection: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw data and generated samples on two principal components, with marginals.

    Parameters
    ----------
    projection : Path
        Table of kind ``projection``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(projection, kind="projection")
    save_figure(draw_projection(frame, facts, title=spec.get("title", "")), svg, png)
