"""One self-contained HTML page about a study; no external request, no file access here.

Everything that comes from outside (names, titles, citations, sequences) passes through the
automatic escaping of the template engine. Only pictures and downloads are `data:` addresses made
by us.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebmflow.evaluation import report_split, report_tables
from ebmflow.evaluation.report_costs import cost_rows
from ebmflow.evaluation.report_papers import paper_section
from ebmflow.evaluation.report_places import Place
from ebmflow.evaluation.report_samples import RULE, Selection, fasta_text, sequences, tsv_text

PREVIEW_ROWS, PREVIEW_SITES = 5, 120


class DatasetFacts(NamedTuple):
    """A dataset as the report shows it.

    Attributes
    ----------
    alphabet : dict
        ``kind`` and ``letters``.
    sites : int
        L.
    rows : DataFrame
        Columns label (name), split, weight; one line per row of the dataset.
    counts : DataFrame
        The dataset's table of counts (text), may be empty.
    """

    name: str
    alphabet: dict[str, Any]
    label_names: list[str]
    sites: int
    rows: pd.DataFrame
    counts: pd.DataFrame


class SampleFacts(NamedTuple):
    """Best samples of one run and sampling plan."""

    dataset: str
    model: str
    seed: int
    sampling: str
    age: int
    time: int
    chosen: list[Selection]
    fasta: bool


class PictureFacts(NamedTuple):
    """A figure: its place, caption key, data address, caption, and size in pixels (0: unknown)."""

    place: Place
    figure: str
    address: str
    heading: str
    shown: str
    look_for: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class ReportInputs:
    """Everything the report is made of besides the description of the study."""

    datasets: dict[str, DatasetFacts]
    scores: pd.DataFrame
    accuracy: pd.DataFrame
    structures: pd.DataFrame
    tm_scores: pd.DataFrame
    plausibility: pd.DataFrame
    samples: list[SampleFacts]
    trained: dict[tuple, int | None]
    provenance: list[dict[str, str]]
    pictures: list[PictureFacts]
    papers: pd.DataFrame = field(default_factory=pd.DataFrame)
    costs: pd.DataFrame = field(default_factory=pd.DataFrame)


# What the page shows of a study that does not say it.
ABSENT: dict[str, Any] = {
    "title": "",
    "file": "",
    "scale": None,
    "reductions": [],
    "models": {},
    "samplings": {},
    "not_run": [],
}


def render_report(study: dict[str, Any], inputs: ReportInputs) -> str:
    """Return the page.

    Parameters
    ----------
    study : dict
        See `ebmflow.stages.write_report.write_report`.
    """
    runs = _runs(study, inputs)
    samplings = report_tables.main_samplings(inputs.scores, list(study.get("samplings") or {}))
    snapshot = report_tables.at_snapshot(inputs.scores, inputs.trained)
    controls = inputs.scores[report_tables.is_control(inputs.scores)]
    lines = report_tables.headline_rows(
        snapshot, controls, samplings, inputs.accuracy, inputs.structures, runs
    )
    columns = [*report_tables.COLUMNS, *report_tables.structure_columns(inputs.structures)]
    shown = {
        name: _dataset_section(name, study, inputs, snapshot, samplings, runs, lines)
        for name in dict.fromkeys(dataset for dataset, _ in runs)
    }
    missing = [
        {"dataset": "", "model": "", "count": "", **line} for line in study.get("skipped") or []
    ]
    missing += report_tables.missing_scores(inputs.scores)
    for stage in ("structures", "tm_scores", "plausibility"):
        missing += report_tables.unjudged_rows(getattr(inputs, stage), stage)
    environment = Environment(
        loader=PackageLoader("ebmflow.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        study={**ABSENT, **study},
        runs=runs,
        seeds=sorted({int(run["seed"]) for run in study.get("runs") or []}),
        headline=report_tables.without_empty(columns, lines),
        numbers={name: place for place, name in enumerate(shown, start=1)},
        sections=shown,
        missing=missing,
        papers=paper_section(inputs.papers),
        environment=study.get("provenance") or {},
        files=inputs.provenance,
        sample_rule=RULE,
        style=_template_text("report.css"),
        script=_template_text("report.js"),
    )


def _template_text(name: str) -> Markup:
    """Return a style sheet or script of this package, which needs no escaping."""
    path = resources.files("ebmflow.evaluation") / "templates" / name
    return Markup(path.read_text(encoding="utf-8"))


def _runs(study: dict[str, Any], inputs: ReportInputs) -> list[tuple[str, str]]:
    """Return (dataset, model) pairs in the order of the study, else as found in the tables."""
    named = [(run["dataset"], run["model"]) for run in study.get("runs") or []]
    found = [tuple(pair) for pair in inputs.scores[["dataset", "model"]].drop_duplicates().values]
    found += [(one.dataset, one.model) for one in inputs.samples]
    found += [(one.place.dataset, one.place.model) for one in inputs.pictures if one.place.model]
    return list(dict.fromkeys(named or found))


def _dataset_section(
    name: str,
    study: dict[str, Any],
    inputs: ReportInputs,
    snapshot: pd.DataFrame,
    samplings: dict[tuple[str, str], str],
    runs: list[tuple[str, str]],
    lines: list[dict[str, Any]],
) -> dict[str, Any]:
    facts = inputs.datasets.get(name)
    labels = facts.label_names if facts else []
    pictures = [one for one in inputs.pictures if one.place.dataset == name]
    models = [model for dataset, model in runs if dataset == name]
    by_label = report_tables.label_rows(snapshot, samplings, inputs.accuracy, name, models, labels)
    return {
        "about": {
            "title": "",
            "cite": "",
            "about": "",
            **(study.get("datasets") or {}).get(name, {}),
        },
        "facts": facts,
        "findings": report_tables.findings([one for one in lines if one["dataset"] == name]),
        "composition": _composition(facts),
        "leakage": report_split.leakage(facts.counts) if facts else [],
        "warnings": report_split.warnings(facts.counts) if facts else [],
        "labels": labels,
        "by_label": report_tables.without_empty(report_tables.COLUMNS, by_label),
        "costs": cost_rows(inputs.costs, name) if len(inputs.costs) else [],
        "shared": [one for one in pictures if not one.place.model],
        "models": {
            model: _model_section(name, model, inputs, pictures, samplings.get((name, model), ""))
            for model in models
        },
    }


def _composition(facts: DatasetFacts | None) -> list[dict[str, Any]]:
    """Return rows of each label by split, and the sum of weights of the training rows."""
    if facts is None:
        return []
    order = [*facts.label_names, "(no label)"]
    lines = []
    for label in [one for one in order if (facts.rows["label"] == one).any()]:
        rows = facts.rows[facts.rows["label"] == label]
        train = rows[rows["split"] == "train"]
        lines.append(
            {
                "label": label,
                "train": f"{len(train):,}",
                "test": f"{(rows['split'] == 'test').sum():,}",
                "weight": f"{train['weight'].sum():,.1f}",
            }
        )
    return lines


def _model_section(
    dataset: str, model: str, inputs: ReportInputs, pictures: list[PictureFacts], main: str
) -> dict[str, Any]:
    """Figures and downloads of one model: those of its first seed, the main sampling plan first."""
    own = [one for one in pictures if one.place.model == model]
    seeds = sorted({one.place.seed for one in own})
    own = [one for one in own if one.place.seed == seeds[0]] if seeds else []
    groups: dict[str, list[PictureFacts]] = {}
    for one in sorted(own, key=lambda one: (one.place.sampling not in ("", main), "")):
        groups.setdefault(one.place.sampling, []).append(one)
    samples = [one for one in inputs.samples if (one.dataset, one.model) == (dataset, model)]
    samples.sort(key=lambda one: one.sampling != main)
    first = min((one.seed for one in samples), default=None)
    letters = inputs.datasets[dataset].alphabet.get("letters") if samples else ""
    return {
        "seeds": seeds,
        "groups": groups,
        "downloads": [_downloads(one, letters) for one in samples if one.seed == first],
    }


def _downloads(facts: SampleFacts, letters: str) -> dict[str, Any]:
    prefix = f"{facts.dataset}|{facts.model}|seed-{facts.seed}|{facts.sampling}"
    stem = "_".join([facts.dataset, facts.model, f"seed-{facts.seed}", facts.sampling])
    lines = []
    for one in facts.chosen:
        preview = [row[:PREVIEW_SITES] for row in sequences(one.codes[:PREVIEW_ROWS], letters)]
        fasta = fasta_text(one, letters, prefix) if facts.fasta else ""
        lines.append(
            {
                "label": one.label,
                "rows": len(one.codes),
                "candidates": one.candidates,
                "stem": re.sub(r"[^\w.-]+", "_", f"{stem}_{one.label}"),
                "fasta": _text_address(fasta, "text/x-fasta") if fasta else "",
                "tsv": _text_address(tsv_text(one, letters), "text/tab-separated-values"),
                "preview": preview,
                "cut": one.codes.shape[1] > PREVIEW_SITES,
            }
        )
    return {"sampling": facts.sampling, "age": facts.age, "time": facts.time, "labels": lines}


def _text_address(text: str, media: str) -> str:
    return f"data:{media};base64,{base64.b64encode(text.encode()).decode('ascii')}"
