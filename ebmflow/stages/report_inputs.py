"""Read everything the report shows from tables and pictures; no computation on models."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ebmflow.evaluation.report import DatasetFacts, ReportInputs, SampleFacts
from ebmflow.evaluation.report_places import Place, identify
from ebmflow.evaluation.report_samples import best_samples, has_sequences
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.figures.classification import accuracy_frame, settled
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.report_pictures import read_pictures

log = logging.getLogger(__name__)
RUN = ("dataset", "model", "seed")


@dataclass
class _Collected:
    """Parts of the inputs while they are read."""

    datasets: dict[str, DatasetFacts] = field(default_factory=dict)
    codes: dict[str, np.ndarray] = field(default_factory=dict)
    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    samples: list[SampleFacts] = field(default_factory=list)
    trained: dict[tuple, int | None] = field(default_factory=dict)
    provenance: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, frame: pd.DataFrame) -> None:
        self.frames.setdefault(name, []).append(frame)

    def joined(self, name: str, columns: list[str]) -> pd.DataFrame:
        parts = [part for part in self.frames.get(name, []) if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def read_inputs(
    tables: list[Path], figures: list[Path], papers: Path | None = None
) -> ReportInputs:
    """Read tables (datasets first, since samples need their alphabets) and pictures."""
    found = _Collected()
    placed = [(identify(path), Path(path)) for path in tables]
    for stage, read in READERS.items():
        for place, path in placed:
            if place.stage == stage and path.suffix == ".parquet":
                read(found, place, path)
    return ReportInputs(
        datasets=found.datasets,
        scores=found.joined("scores", SCORE_COLUMNS),
        accuracy=found.joined("accuracy", ACCURACY_COLUMNS),
        costs=found.joined("costs", SCORE_COLUMNS),
        structures=found.joined("structures", STRUCTURE_COLUMNS),
        tm_scores=found.joined("tm_scores", STRUCTURE_COLUMNS),
        plausibility=found.joined("plausibility", STRUCTURE_COLUMNS),
        samples=found.samples,
        trained=found.trained,
        provenance=found.provenance,
        pictures=read_pictures(figures),
        papers=_read_papers(papers),
    )


def _read_papers(path: Path | None) -> pd.DataFrame:
    return pd.DataFrame() if path is None else read_frame(path, kind="paper_vs_obtained")[0]


SCORE_COLUMNS = [
    *RUN, "sampling", "metric", "statistic", "convention", "reference", "age", "time", "group",
    "value", "standard_error", "n", "note",
]  # fmt: skip
ACCURACY_COLUMNS = [*RUN, "label", "accuracy", "rows"]
STRUCTURE_COLUMNS = [
    *RUN, "sampling", "set", "label", "score", "mean", "rows", "left_out", "statuses",
    "reasons",
]  # fmt: skip


def _read_dataset(found: _Collected, place: Place, path: Path) -> None:
    columns, facts = read_table(path, kind="dataset")
    names = list(facts["label_names"])
    rows = pd.DataFrame(
        {
            "label": [names[one] if one >= 0 else "(no label)" for one in columns["label"]],
            "split": columns["split"],
            "weight": columns["weight"],
        }
    )
    counts_file = path.with_suffix(".counts.tsv")
    counts = pd.DataFrame()
    if counts_file.is_file():
        counts = pd.read_csv(counts_file, sep="\t", dtype=str, keep_default_na=False)
    found.codes[place.dataset] = columns["codes"][columns["split"] == "train"]
    found.datasets[place.dataset] = DatasetFacts(
        place.dataset, facts["alphabet"], names, int(columns["codes"].shape[1]), rows, counts
    )
    _note_provenance(found, place, facts)


def _read_samples(found: _Collected, place: Place, path: Path) -> None:
    columns, facts = read_table(path, kind="samples")
    run = (place.dataset, place.model, place.seed, place.sampling)
    found.trained[run] = facts.get("trained_sweeps")
    _note_provenance(found, place, facts)
    data = found.datasets.get(place.dataset)
    if data is None or data.alphabet["kind"] == "real" or not len(columns["age"]):
        return
    snapshot = generated_snapshot(columns, facts, {})
    chosen = best_samples(snapshot, data.label_names, found.codes[place.dataset])
    found.samples.append(
        SampleFacts(*run, snapshot.age, snapshot.time, chosen, has_sequences(data.alphabet))
    )


def _read_scores(found: _Collected, place: Place, path: Path) -> None:
    frame, facts = read_frame(path, kind="scores")
    found.add("scores", frame.reindex(columns=SCORE_COLUMNS))
    _note_provenance(found, place, facts)


def _read_costs(found: _Collected, place: Place, path: Path) -> None:
    frame, facts = read_frame(path, kind="scores")
    found.add("costs", frame.reindex(columns=SCORE_COLUMNS))
    _note_provenance(found, place, facts)


def _read_predictions(found: _Collected, place: Place, path: Path) -> None:
    frame, facts = read_frame(path, kind="predictions")
    _note_provenance(found, place, facts)
    known = settled(frame)
    if known.empty:
        return
    last = known[known["age"] == known["age"].max()]
    method = "exact" if (last["method"] == "exact").any() else last["method"].iloc[0]
    last = last[last["method"] == method]
    run = {"dataset": place.dataset, "model": place.model, "seed": place.seed}
    found.add("accuracy", accuracy_frame(last, label="", **run))
    for index, label in enumerate(facts.get("label_names") or []):
        found.add("accuracy", accuracy_frame(last[last["label"] == index], label=label, **run))


def _read_structures(found: _Collected, place: Place, path: Path) -> None:
    # Not the coordinates, which may be many.
    columns = ["set", "label", "score", "value", "status", "reason"]
    frame, facts = read_frame(path, kind="structures", columns=columns)
    _note_provenance(found, place, facts)
    frame = frame.assign(label=frame["label"].fillna("all"))
    lines = []
    for (kind, label), rows in frame.groupby(["set", "label"], sort=False):
        good = rows[(rows["status"] == "ok") & rows["value"].notna()]
        counts = rows["status"][rows["status"] != "ok"].value_counts()
        lines.append(
            {
                **{name: getattr(place, name) for name in (*RUN, "sampling")},
                "set": kind,
                "label": label,
                "score": rows["score"].iloc[0],
                "mean": float(good["value"].mean()) if len(good) else np.nan,
                "rows": len(good),
                "left_out": len(rows) - len(good),
                "statuses": ", ".join(f"{n:,} {status}" for status, n in counts.items()),
                "reasons": "; ".join(rows["reason"].dropna().unique()[:3]),
            }
        )
    found.add(place.stage, pd.DataFrame(lines, columns=STRUCTURE_COLUMNS))


def _read_history(found: _Collected, place: Place, path: Path) -> None:
    _, facts = read_frame(path, kind="history")
    _note_provenance(found, place, facts)


def _note_provenance(found: _Collected, place: Place, facts: dict[str, Any]) -> None:
    record = facts.get("provenance") or {}
    run = f"{place.model}, seed {place.seed}" if place.model else ""
    found.provenance.append(
        {
            "stage": place.stage,
            "dataset": place.dataset,
            "run": ", ".join(part for part in (run, place.sampling) if part),
            "file": place.name,
            "spec": str(record.get("spec_digest") or ""),
            "code": str(record.get("code") or ""),
            "device": str(record.get("device") or ""),
        }
    )


# In this order: samples are cut into letters by the alphabets of datasets.
READERS: dict[str, Callable[[_Collected, Place, Path], None]] = {
    "datasets": _read_dataset,
    "models": _read_history,
    "samples": _read_samples,
    "predictions": _read_predictions,
    "scores": _read_scores,
    "costs": _read_costs,
    "structures": _read_structures,
    "tm_scores": _read_structures,
    "plausibility": _read_structures,
}


def as_builtins(value: Any) -> Any:
    """Return nested settings as JSON builtins, so that templates meet no surprises."""
    return json.loads(json.dumps(value, default=str))
