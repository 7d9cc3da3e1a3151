"""Write one figure as SVG and as PNG, whole or not at all, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ebmflow.io.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 150


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
