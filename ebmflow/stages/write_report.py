"""Stage `write_report`: one self-contained HTML page about a whole study."""

from __future__ import annotations

import logging
from pathlib import Path

from ebmflow.evaluation.report import render_report
from ebmflow.io.atomic import write_text
from ebmflow.stages.report_inputs import as_builtins, read_inputs

logger = logging.getLogger(__name__)


def write_report(
    *,
    tables: list[Path],
    figures: list[Path],
    report: Path,
    study: dict,
    papers: Path | None = None,
) -> None:
    """Write ``results/report.html``: no external request, readable on paper, phone and desktop.

    Parameters
    ----------
    tables : list of Path
        Any tables of the study, in any order; what a table is follows from its place below the
        results folder (``samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet``, and so on) and
        what it holds from its own metadata. Used: datasets (with .counts.tsv), samples,
        predictions, scores, structures, novelty, history. Others are ignored.
    figures : list of Path
        Pictures below ``figures/{dataset}/[{model}/seed-{seed}/[{sampling}/]]{figure}.svg`` (or
        .png; where both stand in the list, the smaller one is embedded). `figure` names its
        caption in `ebmflow.figures.captions`.
    report : Path
        Written.
    study : dict
        Builtins only, every key optional: ``title``; ``file`` (study file); ``scale``; ``runs``
        (list of {dataset, model, seed}); ``datasets`` (name -> {title, cite, about}); ``models``
        (name -> {title, cite, equations, deviations, recipe}); ``samplings`` (name -> dict);
        ``skipped`` (list of {stage, dataset, model, reason}: asked for and absent) and
        ``not_run`` (likewise: impossible, or not asked for); ``provenance`` (dict: versions,
        commit, device, seeds, spec digests).
    papers : Path, optional
        What papers report beside what was obtained (stage `compare_papers`).
    """
    inputs = read_inputs(tables, figures, papers)
    page = render_report(as_builtins(study), inputs)
    write_text(report, page)
    logger.info(
        "report %s: %d tables, %d figures, %.1f MB",
        report,
        len(tables),
        len(figures),
        len(page.encode()) / 1e6,
    )
