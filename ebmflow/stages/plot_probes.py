"""Stage `plot_probes`: what hidden inputs know about labels, model against model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ebmflow.figures.probes import draw_probes
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_probes(
    *, scores: list[Path], pearson: list[Path], svg: Path, png: Path, spec: dict
) -> None:
    """Draw information against classifier width, and correlations of inputs with labels.

    Parameters
    ----------
    scores, pearson : list of Path
        Tables of kinds ``scores`` and ``hidden_correlations`` of the runs of one dataset, in one
        order.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    frames = [read_frame(path, kind="scores")[0] for path in scores]
    tables: dict[str, list[pd.DataFrame]] = {}
    for frame, path in zip(frames, pearson, strict=True):
        found, _ = read_frame(path, kind="hidden_correlations")
        tables.setdefault(frame["model"].iloc[0], []).append(found)
    joined = {name: pd.concat(parts) for name, parts in tables.items()}
    figure = draw_probes(pd.concat(frames), joined, title=spec.get("title", ""))
    save_figure(figure, svg, png)
