"""Stage `plot_accuracy`: held-out accuracy against training age."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.report_places import identify
from ebmflow.figures.classification import accuracy_frame, draw_accuracy
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_accuracy(*, predictions: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw label accuracy against training age, one line per model, seed and method.

    Parameters
    ----------
    predictions : list of Path
        Tables of kind ``predictions`` of one dataset; their paths name model and seed:
        ``.../{dataset}/{model}/seed-{seed}.parquet``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    parts = []
    for path in predictions:
        place = identify(path)
        frame, _ = read_frame(path, kind="predictions")
        parts.append(accuracy_frame(frame, model=place.model, seed=place.seed))
    save_figure(draw_accuracy(parts, title=spec.get("title", "")), svg, png)
