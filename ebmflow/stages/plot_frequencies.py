"""Stage `plot_frequencies`: allele-frequency scatter."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.frequencies import draw_frequencies
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_frequencies(*, logos: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw allele frequencies of generated samples against those of the data, per label.

    Parameters
    ----------
    logos : Path
        Table of kind ``logo`` of a binary alphabet.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be empty).
    """
    frame, facts = read_frame(logos, kind="logo")
    save_figure(draw_frequencies(frame, facts, title=spec.get("title", "")), svg, png)
