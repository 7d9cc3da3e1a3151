"""Stage `plot_structure`: foldability histograms."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.structure import draw_structure_scores
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_structure(*, structures: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw histograms of P_nat or pLDDT of generated and natural sequences and controls, by label.

    Parameters
    ----------
    structures : Path
        Table of kind ``structures``; rows whose status is not ok are counted, never drawn.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    columns = ["set", "label", "score", "value", "status"]
    frame, facts = read_frame(structures, kind="structures", columns=columns)
    save_figure(draw_structure_scores(frame, facts, title=spec.get("title", "")), svg, png)
