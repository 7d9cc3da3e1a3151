"""Stage `compare_observables`: machines through a transition, beside data and exact curves."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.observables import draw_observables_by_machine
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import read_frames, save_figure


def compare_observables(
    *, collected: Path, curves: list[Path], svg: Path, png: Path, spec: dict
) -> None:
    """Draw what was measured on data and machines against the parameter.

    Parameters
    ----------
    collected : Path
        Table of kind ``observables_by_machine``.
    curves : list of Path
        Tables of kind ``observables`` of the same datasets, for the exact curves.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    table, facts = read_frame(collected, kind="observables_by_machine")
    exact = read_frames(curves, kind="observables")
    figure = draw_observables_by_machine(table, exact, facts, title=spec.get("title", ""))
    save_figure(figure, svg, png)
