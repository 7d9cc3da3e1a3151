"""Stage `collect_scores`: all scores of a study in one table, and their spread over seeds."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.tables import join_scores, over_seeds
from ebmflow.io.table_file import read_frame, write_table


def collect_scores(*, inputs: list[Path], table: Path, seeds: Path | None = None) -> None:
    """Join score tables.

    Parameters
    ----------
    inputs : list of Path
        Tables of kind ``scores``.
    table : Path
        Written, Parquet, and the same as TSV beside it.
    seeds : Path, optional
        Written likewise: mean and 95 % interval over replicate seeds, kind ``scores_over_seeds``.
    """
    frame = join_scores([(path, read_frame(path, kind="scores")[0]) for path in inputs])
    write_table(table, frame, kind="scores", tsv=True)
    if seeds is not None:
        write_table(seeds, over_seeds(frame), kind="scores_over_seeds", tsv=True)
