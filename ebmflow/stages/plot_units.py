"""Stage `plot_units`: patterns or receptive fields as pictures, or as signed logos."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.units import draw_unit_logos, draw_units
from ebmflow.io.table_file import read_table
from ebmflow.stages.figure_file import save_figure


def plot_units(*, units: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw the largest patterns, or weights of hidden units, as pictures or signed logos.

    Parameters
    ----------
    units : Path
        Table of kind ``units`` of a model of pictures, or of letters.
    svg, png : Path
        Written.
    spec : dict
        ``shape`` [rows, columns] of a picture (null: letters); ``title`` (may be absent).
    """
    columns, facts = read_table(units, kind="units")
    title = spec.get("title", "")
    if spec.get("shape"):
        figure = draw_units(columns, facts, shape=spec["shape"], title=title)
    else:
        figure = draw_unit_logos(columns, facts, title=title)
    save_figure(figure, svg, png)
