"""Stage `plot_plausibility`: histograms of scores of a language model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.structure import draw_structure_scores
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure

# Drawn besides the score itself, if the table has them.
DETAILS = ("one_pass_log_likelihood", "embedding_distance")


def plot_plausibility(*, plausibility: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw histograms of each score, by label, of generated and natural sequences and controls.

    Parameters
    ----------
    plausibility : Path
        Table of kind ``structures``; rows whose status is not ok are counted, never drawn.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(plausibility, kind="structures")
    shared = ["set", "label", "score", "value", "status"]
    parts = [frame[shared]]
    for name in DETAILS:
        if name in frame and frame[name].notna().any():
            parts.append(frame[shared].assign(score=name, value=frame[name]))
    figure = draw_structure_scores(
        pd.concat(parts, ignore_index=True), facts, title=spec.get("title", "")
    )
    save_figure(figure, svg, png)
