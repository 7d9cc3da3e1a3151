"""Stage `plot_label_theory`: overlaps against numbers of labels, analytic costs."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.label_theory import draw_label_theory
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_label_theory(*, overlap: Path, costs: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw what two-class data alone say about label vectors and costs.

    Parameters
    ----------
    overlap, costs : Path
        Tables of kinds ``label_overlap`` and ``gaussian_costs``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    overlaps, _ = read_frame(overlap, kind="label_overlap")
    table, facts = read_frame(costs, kind="gaussian_costs")
    figure = draw_label_theory(overlaps, table, facts, title=spec.get("title", ""))
    save_figure(figure, svg, png)
