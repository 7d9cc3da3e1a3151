"""Tables of several runs as one; a figure as SVG and as PNG, whole, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ebmflow.io.atomic import atomic_path
from ebmflow.io.table_file import read_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 150


def read_frames(paths: list[Path], *, kind: str) -> pd.DataFrame:
    """Read tables of one kind, below each other; without columns if there is no table."""
    frames = [read_frame(path, kind=kind)[0] for path in paths]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def save_figure(figure: Figure, svg: Path, png: Path) -> None:
    """Save `figure` as vector and as 150 dpi raster picture; neither contains a date."""
    import matplotlib

    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once for both files
    with matplotlib.rc_context({"svg.hashsalt": "ebmflow", "svg.fonttype": "path"}):
        with atomic_path(svg) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})
        with atomic_path(png) as temporary:
            figure.savefig(temporary, format="png", dpi=PNG_DPI, metadata={"Software": None})
