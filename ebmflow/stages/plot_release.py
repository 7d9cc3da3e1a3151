"""Stage `plot_release`: label vectors, inputs and morphing chains of released units."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.release import draw_release
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_release(
    *, vectors: Path, inputs: Path, morph: Path, svg: Path, png: Path, spec: dict
) -> None:
    """Draw what released units look for and what flipping them does.

    Parameters
    ----------
    vectors, inputs, morph : Path
        Tables of kinds ``label_vectors``, ``hidden_inputs``, ``morph``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    shown, _ = read_frame(vectors, kind="label_vectors")
    entered, _ = read_frame(inputs, kind="hidden_inputs")
    chains, facts = read_frame(morph, kind="morph")
    figure = draw_release(shown, entered, chains, facts, title=spec.get("title", ""))
    save_figure(figure, svg, png)
