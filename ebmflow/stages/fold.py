"""Stage `fold`: judge generated, natural and random sequences by their structure."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from ebmflow.evaluation.structure.base import Prediction, Predictor
from ebmflow.evaluation.structure.requests import (
    lasting,
    make_requests,
    model_identity,
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
    interpreter: Path | None = None,
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
        Written: id, set, label, sequence, score, value, status, reason, predictor, precision
        (``half`` or ``full``), per_residue, the predictor's details and, where it gives them,
        coordinates of C-alpha atoms (x, y, z of each residue in turn), pdb and embedding. Values of
        rows whose status is not ``ok`` must not be used.
    spec : dict
        ``predictor``: kind and options.
    seed : int
        Of the draw of sequences.
    interpreter : Path, optional
        File with the path of the interpreter of the predictor's own environment.
    cache : Path
        Folder of results of earlier runs; what is in it is not computed again.
    device, threads
        For predictors that can use them.
    """
    predictor = _PREDICTOR.validate_python(spec["predictor"])
    if interpreter and (found := interpreter.read_text().strip()):
        predictor = predictor.in_environment(found)
    write_judged(
        predictor,
        samples=samples,
        dataset=dataset,
        output=structures,
        seed=seed,
        cache=cache,
        device=device,
        threads=threads,
    )


def write_judged(
    predictor: Predictor,
    *,
    samples: Path,
    dataset: Path,
    output: Path,
    seed: int,
    cache: Path,
    device: str,
    threads: int,
    complete: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table,
) -> None:
    """Draw sequences of each set and label, judge them, and write what came out.

    Parameters
    ----------
    complete : callable
        Adds columns that depend on several rows.
    """
    columns, facts = read_table(samples, kind="samples")
    rows = sequence_sets(columns, facts, read_dataset(dataset), predictor.per_label, seed)
    results = predict_cached(
        predictor, rows["row"], rows["label"], cache=cache, device=device, threads=threads
    )
    table = complete(_table(rows, results, predictor).assign(precision=predictor.precision(device)))
    for (name, status), count in table.groupby(["set", "status"]).size().items():
        log.info("%s: %d %s", name, count, status)
    metadata = {"predictor": {"kind": predictor.kind, **predictor.model_dump(mode="json")}}
    metadata["fingerprint"] = model_identity(predictor, device)
    write_table(output, dict(table), kind="structures", metadata=metadata)


class Judged(NamedTuple):
    """A sequence without gaps, and what a predictor said; None if it could not be asked."""

    sequence: str | None
    prediction: Prediction


def predict_cached(
    predictor: Predictor,
    rows: pd.Series,
    labels: pd.Series,
    *,
    cache: Path,
    device: str = "cpu",
    threads: int = 1,
) -> list[Judged]:
    """Return, for each aligned row, the sequence judged and its prediction.

    Results are saved batch by batch; a row that cannot be judged has no sequence, status `invalid`.
    """
    requests = make_requests(rows.tolist(), labels.tolist(), predictor)
    identity = model_identity(predictor, device)
    keys = [None if request is None else request_key(request, identity) for request in requests]
    store = PartCache(cache / predictor.kind, "predictions_of_structure")
    known = _read_cache(store, keys, varies=predictor.half_on_gpu)
    log.info(
        "%d sequences, %d distinct, %d of them known from earlier runs",
        len(rows), len({key for key in keys if key}), len(known),
    )  # fmt: skip
    last_line = time.monotonic()
    for results in predict_missing(requests, predictor, known, device=device, threads=threads):
        known |= results
        if kept := lasting(results):
            precision = predictor.precision(device)
            store.append({**_cache_columns(kept), "precision": [precision] * len(kept)})
        if time.monotonic() - last_line > SECONDS_BETWEEN_LINES:
            last_line = time.monotonic()
            log.info("%d sequences judged", len(known))
    store.pack()
    invalid = Prediction("invalid")
    return [
        Judged(None, invalid) if key is None else Judged(request.sequence, known[key].to_report())
        for key, request in zip(keys, requests, strict=True)
    ]


# Columns of the cache: lists and texts that a prediction may lack.
EXTRAS = ("per_residue", "pdb", "coordinates", "embedding")


def _read_cache(store: PartCache, keys: list[str | None], *, varies: bool) -> dict[str, Prediction]:
    """Return what is known; `varies`: results of several precisions may be there."""
    frame = store.read()
    if frame.empty:
        return {}
    columns = ["key", "status", "value", "details", *EXTRAS]
    wanted = frame[frame["key"].isin(set(keys) - {None})].reindex(columns=columns)
    # Their keys are other ones, too.
    vague = frame.get("precision", pd.Series(index=frame.index, dtype=object)).isna()
    if varies and vague.any():
        log.warning(
            "%d results in %s are not used: an earlier version made them and did not say with "
            "which precision. Delete them when you like.", vague.sum(), store.folder,
        )  # fmt: skip
    found = {}
    for row in wanted.itertuples(index=False):
        extras = {name: _or_none(getattr(row, name)) for name in EXTRAS}
        if extras["coordinates"] is not None:
            extras["coordinates"] = extras["coordinates"].reshape(-1, 3)
        details = json.loads(row.details)
        found[row.key] = Prediction(row.status, row.value, details=details, **extras)
    return found


def _or_none(value: Any) -> Any:
    """Undo what a column of lists or texts with gaps makes of them."""
    return value if isinstance(value, str | np.ndarray) else None


def _cache_columns(results: dict[str, Prediction]) -> dict[str, list[Any]]:
    found = list(results.values())
    return {
        "key": list(results),
        "status": [one.status for one in found],
        "value": [one.value for one in found],
        "details": [json.dumps(one.details, sort_keys=True) for one in found],
        **_extras(found),
    }


def _extras(found: list[Prediction]) -> dict[str, list[Any]]:
    columns = {name: [getattr(one, name) for one in found] for name in EXTRAS}
    # A column of lists takes flat lists.
    columns["coordinates"] = [
        None if one is None else one.astype(np.float32).ravel() for one in columns["coordinates"]
    ]
    return columns


def _table(rows: pd.DataFrame, results: list[Judged], predictor: Predictor) -> pd.DataFrame:
    found = [one.prediction for one in results]
    extras = _extras(found)
    table = rows.drop(columns="row").assign(
        sequence=[one.sequence for one in results],
        score=predictor.score_name,
        value=[one.value for one in found],
        status=[one.status for one in found],
        reason=[one.reason or None for one in found],
        predictor=predictor.kind,
        per_residue=extras.pop("per_residue"),
    )
    for name in sorted({name for one in found for name in one.details}):
        table[name] = np.array([one.details.get(name, np.nan) for one in found])
    for name, values in extras.items():
        if any(value is not None for value in values):
            table[name] = pd.Series(values, index=table.index, dtype=object)
    return table
