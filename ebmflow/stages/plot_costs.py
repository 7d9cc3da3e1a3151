"""Stage `plot_costs`: log-likelihoods and costs of constraints, between bounds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.costs import draw_costs
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_costs(*, scores: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw what constraints cost.

    Parameters
    ----------
    scores : list of Path
        Score tables of likelihoods and of costs, of one dataset.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    frames = [read_frame(path, kind="scores")[0] for path in scores]
    joined = pd.concat(frames, ignore_index=True)
    save_figure(draw_costs(joined, title=spec.get("title", "")), svg, png)
