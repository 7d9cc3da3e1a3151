"""Stage `plot_images`: data and generated images side by side."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.figures.images import draw_image_grids
from ebmflow.io.table_file import read_table
from ebmflow.stages.figure_file import save_figure


def plot_images(*, dataset: Path, samples: Path, svg: Path, png: Path, spec: dict) -> None:
    """Draw grids of images by label: data on the left, generated on the right.

    Parameters
    ----------
    dataset, samples : Path
        Tables of kind ``dataset`` and ``samples`` whose rows are images.
    svg, png : Path
        Written.
    spec : dict
        ``title``; ``shape`` [rows, columns] of an image (default: square); ``per_label`` (default
        8) images in each grid row; ``age`` and ``time`` of the snapshot.
    """
    data, facts = read_table(dataset, kind="dataset")
    drawn, sample_facts = read_table(samples, kind="samples")
    snapshot = generated_snapshot(drawn, sample_facts, spec)
    figure = draw_image_grids(
        data,
        snapshot.columns,
        facts["label_names"],
        shape=spec.get("shape"),
        per_label=int(spec.get("per_label", 8)),
        title=spec.get("title", ""),
    )
    save_figure(figure, svg, png)
