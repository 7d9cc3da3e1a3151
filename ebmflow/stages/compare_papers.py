"""Stage `compare_papers`: what papers report and claim beside what this study obtained."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from ebmflow.errors import DataError
from ebmflow.evaluation.expectations.compare import StudyFacts, compare
from ebmflow.evaluation.expectations.facts import fact_rows
from ebmflow.evaluation.expectations.form import read_papers
from ebmflow.evaluation.expectations.obtain import Course
from ebmflow.evaluation.report_places import Place, identify
from ebmflow.evaluation.tables import join_scores, score_frame
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.stages.collect_observables import DATA, WEIGHT

log = logging.getLogger(__name__)
# Folder, and file where a folder holds several -> kind of table.
KINDS = {
    "structures": "structures",
    "tm_scores": "structures",
    "observables": "observables",
    "untrained": "untrained",
    "label_theory/costs": "gaussian_costs",
    "label_theory/overlap": "label_overlap",
    "release/morph": "morph",
}
BY_MACHINE = "by_machine"
JUDGED = ["set", "value", "status"]  # not the coordinates


def compare_papers(*, scores: Path, tables: list[Path], output: Path, spec: dict[str, Any]) -> None:
    """Write ``results/summary/paper_vs_obtained.parquet``, and the same as TSV.

    Parameters
    ----------
    scores : Path
        All scores of the study, kind ``scores``.
    tables : list of Path
        Other tables that hold numbers of papers: datasets, structures, TM-scores, label theory,
        untrained machines, observables, released units.
    output : Path
        Written, kind ``paper_vs_obtained``; columns in
        `ebmflow.evaluation.expectations.compare.COLUMNS`.
    spec : dict
        ``recipes`` (dataset -> model -> settings of training), ``trained_sweeps`` (likewise),
        ``scale``.
    """
    table = paper_table([scores], tables, spec)
    write_table(output, table, kind="paper_vs_obtained", tsv=True)


def paper_table(scores: list[Path], tables: list[Path], spec: dict[str, Any]) -> pd.DataFrame:
    """Return the table; parameters as of `compare_papers`, but with any number of score tables.

    What none of them holds is `not run`, with the reason.
    """
    parts = [(path, read_frame(path, kind="scores")[0]) for path in scores]
    rows: list[dict] = []
    for path in tables:
        try:
            rows += _facts(identify(path), Path(path))
        except KeyError as error:
            said = f"no column {error}, as in files of an earlier version"
            raise DataError(path, said, "a table of this version", "make it again") from None
    frame = pd.concat([join_scores(parts), score_frame(rows)], ignore_index=True)
    table = compare(read_papers(), frame, _study(spec, frame))
    log.info("papers: %s", table["verdict"].value_counts().to_dict())
    return table


def _facts(place: Place, path: Path) -> list[dict]:
    if place.name == BY_MACHINE:
        return _of_machines(place, path)
    if place.stage == "datasets":
        data = read_dataset(path)
        table = pd.DataFrame({"split": data.split})
        return fact_rows(place, table, {"sites": data.codes.shape[1]})
    kind = KINDS.get(place.stage) or KINDS.get(f"{place.stage}/{place.name}")
    if kind is None:
        raise DataError(path, "holds nothing that papers report", f"one of {', '.join(KINDS)}")
    columns = JUDGED if kind == "structures" else None
    return fact_rows(place, *read_frame(path, kind=kind, columns=columns))


def _of_machines(place: Place, path: Path) -> list[dict]:
    """What only several machines together tell, or what stands in no table of a single one.

    Weights of released units, what they should be, and where observables have their peaks.
    """
    table, facts = read_frame(path, kind="observables_by_machine")
    table["model"] = table["model"].replace(DATA, "")
    weights = table[table["observable"] == WEIGHT].rename(columns={"value": "measured"})
    rows: list[dict] = []
    for (dataset, model, seed), part in weights.groupby(["dataset", "model", "seed"]):
        own = place._replace(dataset=dataset, model=model, seed=int(seed))
        rows += fact_rows(own, part, facts)
    for (model, seed, sampling), part in table.groupby(["model", "seed", "sampling"]):
        own = place._replace(stage="peaks", model=model, seed=int(seed), sampling=sampling)
        rows += fact_rows(own, part, facts)
    return rows


def _study(spec: dict[str, Any], scores: pd.DataFrame) -> StudyFacts:
    trained = scores[scores["statistic"] == "train_rows"].set_index("dataset")["value"]
    courses = {}
    for dataset, recipes in spec["recipes"].items():
        for model, recipe in recipes.items():
            rows = trained.get(dataset)
            epoch = None if rows is None else max(1.0, rows / recipe["batch_size"])
            courses[dataset, model] = Course(spec["trained_sweeps"][dataset][model], epoch)
    return StudyFacts(spec["recipes"], courses, spec["scale"])
