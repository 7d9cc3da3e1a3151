"""Stage `plot_units`: patterns or receptive fields as pictures."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.units import draw_units
from ebmflow.io.table_file import read_table
from ebmflow.stages.figure_file import save_figure


def plot_units(*, units: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw the largest patterns, or weights of hidden units, as pictures.

    Parameters
    ----------
    units : Path
        Table of kind ``units`` of a model of pictures.
    svg, png : Path
        Written.
    spec : dict
        ``shape`` [rows, columns] of a picture (null: square); ``title`` (may be absent).
    """
    columns, facts = read_table(units, kind="units")
    figure = draw_units(columns, facts, shape=spec.get("shape"), title=spec.get("title", ""))
    save_figure(figure, svg, png)
