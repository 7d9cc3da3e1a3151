"""From rows to requests: gaps removed, unknown letters treated, repetitions judged once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from ebmflow.evaluation.structure.base import LASTING, Prediction, Predictor, Request

GAPS = str.maketrans("", "", "-.")
AMBIGUOUS = set("BJOUZ")  # two residues, or rare ones, that few predictors know


def clean_sequence(row: str, predictor: Predictor) -> str | None:
    """Return an aligned row as the predictor wants it, or None if it cannot be judged."""
    sequence = row.translate(GAPS).upper()
    unknown = set(sequence) - set(predictor.letters)
    replaceable = predictor.unknown == "X" and "X" in predictor.letters
    if unknown and replaceable and unknown <= AMBIGUOUS:
        sequence = sequence.translate({ord(letter): "X" for letter in unknown})
        unknown = set()
    return None if unknown or not sequence else sequence


def model_identity(predictor: Predictor, device: str) -> str:
    """Return the fingerprint and, where the device decides it, the precision."""
    precision = f", {predictor.precision(device)} precision" if predictor.half_on_gpu else ""
    return predictor.fingerprint() + precision


def request_key(request: Request, fingerprint: str) -> str:
    """Return the key of a request in the cache: a hash of the sequence, label and predictor."""
    text = "\x1f".join([fingerprint, request.sequence, request.label or ""])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def make_requests(
    rows: Sequence[str], labels: Sequence[str | None], predictor: Predictor
) -> list[Request | None]:
    """Return a request for each row; None where the row cannot be judged."""
    requests: list[Request | None] = []
    for row, label in zip(rows, labels, strict=True):
        sequence = clean_sequence(row, predictor)
        target = label if predictor.uses_label else None
        requests.append(None if sequence is None else Request(sequence, target))
    return requests


def predict_missing(
    requests: Sequence[Request | None],
    predictor: Predictor,
    known: Mapping[str, Prediction],
    *,
    device: str = "cpu",
    threads: int = 1,
) -> Iterator[dict[str, Prediction]]:
    """Judge the requests that are not `known` yet, each distinct one once, batch by batch.

    Yields
    ------
    dict of str to Prediction
        Results of a batch by key.
    """
    fingerprint = model_identity(predictor, device)
    wanted = {request_key(r, fingerprint): r for r in requests if r is not None}
    missing = {key: request for key, request in wanted.items() if key not in known}
    if missing and (absent := predictor.unavailable(device)):
        yield dict.fromkeys(missing, absent)
        return
    keys, distinct = list(missing), list(missing.values())
    for batch in predictor.batches(distinct):
        results = predictor.predict([distinct[i] for i in batch], device=device, threads=threads)
        yield dict(zip([keys[i] for i in batch], results, strict=True))


def lasting(results: Mapping[str, Prediction]) -> dict[str, Prediction]:
    """Return the results that another run need not repeat."""
    return {key: result for key, result in results.items() if result.status in LASTING}
