"""Stage `plot_learning`: how fast the machines of a dataset learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.figures.learning import draw_learning
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.figure_file import save_figure


def plot_learning(*, scores: list[Path], dataset: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw scores of the machines themselves against passes over the training rows.

    Parameters
    ----------
    scores : list of Path
        Tables of kind ``scores`` of one dataset.
    dataset : Path
        Table of kind ``dataset``: the number of its training rows makes epochs of updates.
    svg, png : Path
        Written.
    spec : dict
        ``batch_sizes``: model -> rows of a minibatch; ``title`` (may be absent).
    """
    columns, _ = read_table(dataset, kind="dataset")
    rows = int(np.count_nonzero(columns["split"] == "train"))
    updates = {name: max(1, rows // min(size, rows)) for name, size in spec["batch_sizes"].items()}
    frame = pd.concat([read_frame(path, kind="scores")[0] for path in scores], ignore_index=True)
    save_figure(draw_learning(frame, updates, title=spec.get("title", "")), svg, png)
