"""How well labels are predicted: accuracy, confusion, information, calibration.

All from a table of predictions: true label, predicted label, probability of every label. Rows
without a true label do not enter. Standard errors take rows as independent.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ebmflow.evaluation.metrics.base import Score

ALL = "all"
PROBABILITY_STATISTICS = (
    "log_loss_bits",
    "information_bits",
    "brier_score",
    "calibration_error",
)


def binomial_error(share: float, n: int) -> float | None:
    """Return the standard error of a share of n independent rows; None if there are none."""
    return float(np.sqrt(share * (1 - share) / n)) if n else None


def confusion_counts(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts, int64 (classes, classes): true label by row, predicted one by column."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def count_scores(counts: np.ndarray, names: tuple[str, ...]) -> Iterator[tuple[str, Score]]:
    """Yield (group, score) of what a confusion matrix tells.

    ``accuracy``; ``balanced_accuracy``, the mean recall of labels that occur; ``recall`` and
    ``precision`` per label; ``majority_share``, the accuracy of always naming the commonest label.
    """
    n, rows, hits = int(counts.sum()), counts.sum(axis=1), np.diagonal(counts)
    if n == 0:
        for statistic in ("accuracy", "balanced_accuracy", "majority_share"):
            yield ALL, Score(statistic, "", None, note="no labelled rows")
        return
    accuracy = hits.sum() / n
    yield ALL, Score("accuracy", "", float(accuracy), binomial_error(accuracy, n), n)
    yield ALL, Score("majority_share", "", float(rows.max() / n), None, n)
    yield ALL, _balanced(rows, hits, names)
    for statistic, totals in (("recall", rows), ("precision", counts.sum(axis=0))):
        for name, total, hit in zip(names, totals.tolist(), hits.tolist(), strict=True):
            if total == 0:
                missing = "no rows with this label" if statistic == "recall" else "never predicted"
                yield name, Score(statistic, "", None, note=missing)
                continue
            share = hit / total
            yield name, Score(statistic, "", share, binomial_error(share, total), total)


def _balanced(rows: np.ndarray, hits: np.ndarray, names: tuple[str, ...]) -> Score:
    present = rows > 0
    recall = hits[present] / rows[present]
    error = np.sqrt(np.sum(recall * (1 - recall) / rows[present])) / present.sum()
    absent = [name for name, there in zip(names, present, strict=True) if not there]
    note = f"without labels that do not occur: {', '.join(absent)}" if absent else ""
    n = int(rows.sum())
    return Score("balanced_accuracy", "", float(recall.mean()), float(error), n, note)


def probability_scores(
    labels: np.ndarray, probabilities: np.ndarray, names: tuple[str, ...], bins: int
) -> Iterator[tuple[str, Score]]:
    """Yield (group, score) of what predicted probabilities tell.

    ``log_loss_bits``: mean of -log2 p(true label). ``information_bits``: entropy of the labels
    minus it, a lower bound of the mutual information between rows and labels. ``brier_score``: mean
    squared distance to the one-hot label. ``calibration_error``: see :func:`calibration_table`.
    ``auc`` per label, one against the rest.
    """
    n = len(labels)
    if n == 0 or np.all((probabilities == 0) | (probabilities == 1)):
        note = "labels were predicted without probabilities" if n else "no labelled rows"
        for statistic in PROBABILITY_STATISTICS:
            yield ALL, Score(statistic, "", None, None, n, note)
        return
    of_true = probabilities[np.arange(n), labels].astype(float)
    yield from ((ALL, score) for score in information_scores(labels, of_true))
    one_hot = np.eye(probabilities.shape[1])[labels]
    squares = ((probabilities - one_hot) ** 2).sum(axis=1)
    yield ALL, Score("brier_score", "", *_mean_and_error(squares), n)
    table = calibration_table(labels, probabilities, bins)
    gaps = table["rows"] * (table["confidence"] - table["accuracy"]).abs()
    yield ALL, Score("calibration_error", "", float(gaps.sum() / n), None, n)
    for c, name in enumerate(names):
        area = area_under_curve(probabilities[:, c], labels == c)
        note = "" if area is not None else "needs rows with and without this label"
        yield name, Score("auc", "", area, None, n, note)


def information_scores(labels: np.ndarray, of_true: np.ndarray) -> list[Score]:
    """Return the log loss and the bound on information, in bits.

    Parameters
    ----------
    labels : ndarray of int (n,)
    of_true : ndarray (n,)
        Probability that was given to the true label.
    """
    n, impossible = len(labels), int((of_true <= 0).sum())
    if impossible:
        note = f"probability 0 for the true label of {impossible} rows"
        names = ("log_loss_bits", "information_bits")
        return [Score(name, "", None, None, n, note) for name in names]
    shares = np.bincount(labels) / n
    entropy = -float(np.sum(shares[shares > 0] * np.log2(shares[shares > 0])))
    loss, error = _mean_and_error(-np.log2(of_true))
    return [
        Score("log_loss_bits", "", loss, error, n),
        Score("information_bits", "", entropy - loss, error, n),
    ]


def calibration_table(labels: np.ndarray, probabilities: np.ndarray, bins: int) -> pd.DataFrame:
    """Compare confidence and accuracy in bins of equal width.

    Returns
    -------
    DataFrame
        ``low``, ``high`` (of the probability of the predicted label), ``rows``, mean
        ``confidence``, ``accuracy``, ``standard_error``; empty bins are left out. The expected
        calibration error is the mean of |confidence - accuracy| over rows.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = np.bincount(place, minlength=bins)
    there = np.flatnonzero(rows)
    rows = rows[there]
    accuracy = np.bincount(place, right, minlength=bins)[there] / rows
    return pd.DataFrame(
        {
            "low": there / bins,
            "high": (there + 1) / bins,
            "rows": rows,
            "confidence": np.bincount(place, confidence, minlength=bins)[there] / rows,
            "accuracy": accuracy,
            "standard_error": np.sqrt(accuracy * (1 - accuracy) / rows),
        }
    )


def area_under_curve(values: np.ndarray, positive: np.ndarray) -> float | None:
    """Return the probability that a positive row has the larger value, ties counting one half.

    None if all rows are positive, or none is.
    """
    from scipy.stats import rankdata

    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    ranks = rankdata(values)[positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def _mean_and_error(values: np.ndarray) -> tuple[float, float | None]:
    if len(values) < 2:
        return float(np.mean(values)), None
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
