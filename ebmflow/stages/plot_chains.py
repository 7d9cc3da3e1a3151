"""Stage `plot_chains`: chains over generation time as pictures."""

from __future__ import annotations

from pathlib import Path

from ebmflow.figures.chains import draw_chains
from ebmflow.io.table_file import read_table
from ebmflow.stages.figure_file import save_figure


def plot_chains(*, samples: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw some chains of the oldest model at the times they were recorded.

    Parameters
    ----------
    samples : Path
        Table of kind ``samples`` whose rows are pictures.
    svg, png : Path
        Written.
    spec : dict
        ``shape`` [rows, columns] of a picture (default: square); ``title``.
    """
    columns, facts = read_table(samples, kind="samples")
    plan = facts.get("plan") or {}
    morph = plan.get("morph") or {"schedule": []}
    corruption = plan.get("corruption") or {"blank": False}
    here = columns["age"] == columns["age"].max()
    figure = draw_chains(
        {name: values[here] for name, values in columns.items()},
        facts.get("label_names") or [],
        trained=facts.get("trained_sweeps"),
        changes=[one["from_sweep"] for one in morph["schedule"] if one["from_sweep"] > 0],
        blank_after=corruption["given"] if corruption["blank"] else None,
        shape=spec.get("shape"),
        title=spec.get("title", ""),
    )
    save_figure(figure, svg, png)
