"""Stage `plot_untrained`: the ground states of machines that have learnt nothing."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.untrained import draw_untrained
from ebmflow.io.table_file import read_frame
from ebmflow.stages.figure_file import save_figure


def plot_untrained(*, untrained: list[Path], svg: Path, png: Path, spec: dict) -> None:
    """Draw the accessibility of random machines against the scale of their weights.

    Parameters
    ----------
    untrained : list of Path
        Tables of kind ``untrained`` of one dataset, ``{model}.parquet``.
    svg, png : Path
        Written.
    spec : dict
        ``title`` (may be absent).
    """
    tables = {Path(path).stem: read_frame(path, kind="untrained") for path in untrained}
    save_figure(draw_untrained(tables, title=spec.get("title", "")), svg, png)
