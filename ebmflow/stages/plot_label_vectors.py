"""Stage `plot_label_vectors`: label vectors and weights of released units, entry by entry."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.label_vectors import draw_label_vectors
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_label_vectors(*, vectors: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw q above the weights of released units: as pictures, signed logos or bars.

    Parameters
    ----------
    vectors : Path
        Table of kind ``label_vectors``.
    svg, png : Path
        Written.
    spec : dict
        ``shape`` [rows, columns] of data that are pictures, else null; ``title`` (may be absent).
    """
    table, facts = read_frame(vectors, kind="label_vectors")
    figure = draw_label_vectors(table, facts, shape=spec.get("shape"), title=spec.get("title", ""))
    save_figure(figure, svg, png)
