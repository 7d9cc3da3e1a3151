"""Stage `fold`: judge generated, natural and random sequences by their structure."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from ebmflow.evaluation.structure.base import Prediction, Predictor
from ebmflow.evaluation.structure.requests import (
    lasting,
    make_requests,
    predict_missing,
    request_key,
)
from ebmflow.evaluation.structure.sets import sequence_sets
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.part_cache import PartCache
from ebmflow.io.table_file import read_table, write_table
from ebmflow.options import Component

log = logging.getLogger(__name__)
_PREDICTOR = TypeAdapter(Component["predictor"])
CACHE = Path("resources/cache/structures")
SECONDS_BETWEEN_LINES = 10


def fold(
    *,
    samples: Path,
    dataset: Path,
    structures: Path,
    spec: dict[str, Any],
    seed: int,
    cache: Path = CACHE,
    device: str = "auto",
    threads: int = 1,
) -> None:
    """Score sequences of each set and label, and write a table of kind ``structures``.

    Parameters
    ----------
    samples : Path
        Kind ``samples``: its last age, at the trained number of sweeps if that was recorded.
    dataset : Path
        Kind ``dataset``: natural sequences are its test rows.
    structures : Path
        Written: id, set, label, sequence, score, value, status, predictor, per_residue and the
        predictor's details. Values of rows whose status is not ``ok`` must not be used.
    spec : dict
        ``predictor``: kind and options.
    seed : int
        Of the draw of sequences.
    cache : Path
        Folder of results of earlier runs; what is in it is not computed again.
    device, threads
        For predictors that can use them.
    """
    predictor = _PREDICTOR.validate_python(spec["predictor"])
    columns, facts = read_table(samples, kind="samples")
    rows = sequence_sets(columns, facts, read_dataset(dataset), predictor.per_label, seed)
    results = predict_cached(
        predictor, rows["row"], rows["label"], cache=cache, device=device, threads=threads
    )
    table = _table(rows, results, predictor)
    for (name, status), count in table.groupby(["set", "status"]).size().items():
        log.info("%s: %d %s", name, count, status)
    metadata = {"predictor": {"kind": predictor.kind, **predictor.model_dump(mode="json")}}
    metadata["fingerprint"] = predictor.fingerprint()
    write_table(structures, dict(table), kind="structures", metadata=metadata)


def predict_cached(
    predictor: Predictor,
    rows: pd.Series,
    labels: pd.Series,
    *,
    cache: Path,
    device: str = "cpu",
    threads: int = 1,
) -> list[tuple[str | None, Prediction]]:
    """Return, for each aligned row, the sequence judged and its prediction.

    Results are saved batch by batch; a row that cannot be judged has no sequence, status `invalid`.
    """
    requests = make_requests(rows.tolist(), labels.tolist(), predictor)
    fingerprint = predictor.fingerprint()
    keys = [None if request is None else request_key(request, fingerprint) for request in requests]
    store = PartCache(cache / predictor.kind, "predictions_of_structure")
    known = _read_cache(store, keys)
    log.info(
        "%d sequences, %d distinct, %d of them known from earlier runs",
        len(rows), len({key for key in keys if key}), len(known),
    )  # fmt: skip
    last_line = time.monotonic()
    for results in predict_missing(requests, predictor, known, device=device, threads=threads):
        known |= results
        if kept := lasting(results):
            store.append(_cache_columns(kept))
        if time.monotonic() - last_line > SECONDS_BETWEEN_LINES:
            last_line = time.monotonic()
            log.info("%d sequences judged", len(known))
    store.pack()
    invalid = Prediction("invalid")
    return [
        (None, invalid) if key is None else (request.sequence, known[key])
        for key, request in zip(keys, requests, strict=True)
    ]


def _read_cache(store: PartCache, keys: list[str | None]) -> dict[str, Prediction]:
    frame = store.read()
    if frame.empty:
        return {}
    wanted = frame[frame["key"].isin(set(keys) - {None})]
    return {
        row.key: Prediction(
            row.status, row.value, row.per_residue, json.loads(row.details), row.pdb
        )
        for row in wanted.itertuples(index=False)
    }


def _cache_columns(results: dict[str, Prediction]) -> dict[str, list[Any]]:
    found = list(results.values())
    return {
        "key": list(results),
        "status": [one.status for one in found],
        "value": [one.value for one in found],
        "per_residue": [one.per_residue for one in found],
        "details": [json.dumps(one.details, sort_keys=True) for one in found],
        "pdb": [one.pdb for one in found],
    }


def _table(
    rows: pd.DataFrame, results: list[tuple[str | None, Prediction]], predictor: Predictor
) -> pd.DataFrame:
    found = [prediction for _, prediction in results]
    table = rows.drop(columns="row").assign(
        sequence=[sequence for sequence, _ in results],
        score=predictor.score_name,
        value=[one.value for one in found],
        status=[one.status for one in found],
        predictor=predictor.kind,
        per_residue=[one.per_residue for one in found],
    )
    for name in sorted({name for one in found for name in one.details}):
        table[name] = np.array([one.details.get(name, np.nan) for one in found])
    return table
