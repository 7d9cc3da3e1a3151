"""Stage `plot_quality`: quality of one model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.quality import draw_quality_by_label
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_quality(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw the quality scores of one model against generation time (or age), per label.

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` of one dataset, model, seed and sampling.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty), ``reference`` (``test`` or ``train``).
    """
    frame = pd.concat([read_frame(path, kind="scores")[0] for path in scores], ignore_index=True)
    reference = spec.get("reference", "test")
    figure = draw_quality_by_label(frame, title=spec.get("title", ""), reference=reference)
    save_figure(figure, svg, png)
