"""Stage `classify`: accuracy, confusion matrix and calibration from predicted labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.errors import DataError
from ebmflow.evaluation.classification import (
    calibration_table,
    confusion_counts,
    count_scores,
    probability_scores,
)
from ebmflow.evaluation.tables import NO_TIME, score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.options import Options

METRIC = "classification"
OVER_TIME = "_over_time"  # added to the method of chains recorded on their way


class ClassifySpec(Options):
    """Settings of the classification scores."""

    calibration_bins: int = Field(
        default=10, ge=2, description="Bins of the predicted probability, of equal width."
    )


def classify(
    *,
    predictions: Path,
    dataset: Path,
    scores: Path,
    confusion: Path,
    calibration: Path,
    spec: dict[str, Any],
    run: dict[str, Any],
) -> None:
    """Judge predicted labels per age, method and side of the split.

    Of chains recorded on their way (time >= 0) only the scores of counts are kept; their method is
    ``chain_over_time``.

    Parameters
    ----------
    predictions, dataset : Path
        Tables of kind ``predictions`` and ``dataset``.
    scores : Path
        Written, kind ``scores`` (and TSV): metric ``classification``; the column ``sampling`` holds
        the method, ``exact`` or ``chain``; the reference is the side of the split.
    confusion : Path
        Written, kind ``confusion`` (and TSV): label (true), predicted, rows, fraction of the rows
        of the true label.
    calibration : Path
        Written, kind ``calibration`` (and TSV): see ``calibration_table``.
    spec : dict
        See ClassifySpec.
    run : dict
        dataset, model, seed.
    """
    settings = ClassifySpec.model_validate(spec)
    data = read_dataset(dataset)
    frame, _ = read_frame(predictions, kind="predictions")
    _check(frame, predictions, len(data), data.label_names)
    frame["reference"] = data.split[frame["row"].to_numpy()]
    scored: list[dict] = []
    tables: dict[str, list[pd.DataFrame]] = {"confusion": [], "calibration": []}
    for place, labels, predicted, p in _parts(frame, len(data.label_names)):
        counts = confusion_counts(labels, predicted, len(data.label_names))
        time = place.pop("time")
        method = place["method"] if time == NO_TIME else f"{place['method']}{OVER_TIME}"
        names = {**run, "sampling": method, "metric": METRIC, "time": time}
        names |= {"reference": place["reference"], "age": place["age"]}
        for group, score in count_scores(counts, data.label_names):
            scored += score_rows([score], **names, group=group)
        if time != NO_TIME:
            continue
        bins = settings.calibration_bins
        for group, score in probability_scores(labels, p, data.label_names, bins):
            scored += score_rows([score], **names, group=group)
        tables["confusion"].append(_confusion_frame(counts, data.label_names, {**run, **place}))
        reliability = calibration_table(labels, p, bins)
        tables["calibration"].append(_placed(reliability, {**run, **place}))
    write_table(scores, score_frame(scored), kind="scores", tsv=True)
    for kind, path in (("confusion", confusion), ("calibration", calibration)):
        write_table(path, pd.concat(tables[kind], ignore_index=True), kind=kind, tsv=True)


def _check(frame: pd.DataFrame, path: Path, rows: int, label_names: tuple[str, ...]) -> None:
    if not len(frame):
        raise DataError(path, "no predictions", "at least one row", "predict labels again")
    if frame["row"].max() >= rows:
        found = f"row {frame['row'].max()}"
        raise DataError(path, found, f"rows below {rows}", "predict labels of this dataset again")
    columns = [name for name in frame.columns if name.startswith("p_")]
    if len(columns) != len(label_names):
        raise DataError(
            path, f"{len(columns)} probabilities per row", f"{len(label_names)}, one per label"
        )


def _parts(
    frame: pd.DataFrame, classes: int
) -> Iterator[tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray]]:
    """Yield place, true labels, predicted labels and probabilities of labelled rows."""
    columns = [f"p_{c}" for c in range(classes)]
    keys = ["age", "time", "method", "reference"]
    for (age, time, method, reference), part in frame.groupby(keys, sort=True):
        labelled = part[part["label"] >= 0]
        place = {"age": int(age), "method": str(method), "reference": str(reference)}
        place["time"] = int(time)
        values = (labelled[name].to_numpy() for name in ("label", "predicted"))
        yield place, *values, labelled[columns].to_numpy(dtype=float)


def _confusion_frame(
    counts: np.ndarray, names: tuple[str, ...], place: dict[str, Any]
) -> pd.DataFrame:
    totals = counts.sum(axis=1, keepdims=True)
    fractions = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    classes = len(names)
    frame = pd.DataFrame(
        {
            "label": np.repeat(names, classes),
            "predicted": np.tile(names, classes),
            "rows": counts.ravel(),
            "fraction": fractions.ravel(),
        }
    )
    return _placed(frame, place)


def _placed(frame: pd.DataFrame, place: dict[str, Any]) -> pd.DataFrame:
    for column, value in reversed(place.items()):
        frame.insert(0, column, value)
    return frame
