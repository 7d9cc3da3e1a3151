"""Stage `compare_quality`: quality of all models on one dataset."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.quality import draw_quality_by_model
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def compare_quality(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw label-averaged quality scores of several models against generation time (or age).

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty), ``independent`` (whether to draw independent sites).
    """
    frame = pd.concat([read_frame(path, kind="scores")[0] for path in scores], ignore_index=True)
    independent = spec.get("independent", True)
    figure = draw_quality_by_model(frame, title=spec.get("title", ""), independent=independent)
    save_figure(figure, svg, png)
