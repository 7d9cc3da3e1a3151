"""Stage `plot_singular_values`: how many directions the weights of machines have learnt."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.units import draw_singular_values
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_singular_values(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw singular values of the weights by rank, model against model.

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    frame = pd.concat([read_frame(path, kind="scores")[0] for path in scores], ignore_index=True)
    save_figure(draw_singular_values(frame, title=spec.get("title", "")), svg, png)
