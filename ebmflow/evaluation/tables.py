"""Score tables: long format, one row per number; averages over labels and over seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ebmflow.errors import DataError
from ebmflow.evaluation.metrics.base import Score

if TYPE_CHECKING:
    import pandas as pd

RUN_COLUMNS = ["dataset", "model", "seed", "sampling"]
COLUMNS = [
    *RUN_COLUMNS,
    "metric",
    "statistic",
    "convention",
    "reference",
    "age",
    "time",
    "group",
    "value",
    "standard_error",
    "n",
    "note",
]
MEAN = "mean"
NO_TIME = -1  # age and time of what belongs to none: controls, predictions at the end


def mean_over_labels(scores: dict[str, list[Score]]) -> list[Score]:
    """Average scores over labels with equal weights.

    Labels without a value are left out and named in the note; `n` becomes the number of labels that
    entered.

    Parameters
    ----------
    scores : dict
        Label -> its scores.
    """
    collected: dict[tuple[str, str], dict[str, Score]] = {}
    for label, ones in scores.items():
        for score in ones:
            collected.setdefault((score.statistic, score.convention), {})[label] = score
    return [_mean(*names, found, list(scores)) for names, found in collected.items()]


def _mean(statistic: str, convention: str, found: dict[str, Score], labels: list[str]) -> Score:
    present = [
        found[label] for label in labels if label in found and found[label].value is not None
    ]
    absent = [label for label in labels if label not in found or found[label].value is None]
    note = f"without {len(absent)} of {len(labels)} labels: {', '.join(absent)}" if absent else ""
    if not present:
        return Score(statistic, convention, None, None, 0, "no label has a value")
    value = float(np.mean([score.value for score in present]))
    errors = [score.standard_error for score in present]
    error = None
    if all(e is not None for e in errors):
        error = float(np.sqrt(np.sum(np.square(errors))) / len(errors))
    return Score(statistic, convention, value, error, len(present), note)


def score_frame(rows: Iterable[dict]) -> pd.DataFrame:
    """Return score rows as a table with all columns, in order and typed."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    frame["seed"] = frame["seed"].astype(np.int64)
    frame["age"] = frame["age"].astype(np.int64)
    frame["time"] = frame["time"].astype(np.int32)
    frame["n"] = frame["n"].astype(np.int64)
    for name in ("value", "standard_error"):
        frame[name] = frame[name].astype(np.float64)
    return frame


def score_rows(scores: Iterable[Score], **place: object) -> list[dict]:
    """Return scores as rows, with the columns of `place` (run, metric, reference, age ...)."""
    return [{**place, **score._asdict()} for score in scores]


def over_seeds(frame: pd.DataFrame) -> pd.DataFrame:
    """Summarise scores over replicate seeds.

    Returns
    -------
    DataFrame
        The identifying columns without seed; ``mean``, ``standard_deviation`` (n - 1), ``low`` and
        ``high`` (95 % Student interval of the mean), ``minimum``, ``maximum``, ``seeds`` (number
        with a value) and ``missing``. With one seed there is no interval.
    """
    from scipy.stats import t as student

    keys = [
        name for name in COLUMNS if name not in ("seed", "value", "standard_error", "n", "note")
    ]
    frame = frame.drop_duplicates([*keys, "seed"])
    grouped = frame.groupby(keys, sort=True, dropna=False, observed=True)["value"]
    table = grouped.agg(["mean", "std", "min", "max", "count", "size"]).reset_index()
    count = table["count"].to_numpy()
    quantile = student.ppf(0.975, np.where(count > 1, count - 1, 1))
    half = quantile * table["std"] / np.sqrt(np.maximum(count, 1))
    table["low"], table["high"] = table["mean"] - half, table["mean"] + half
    table["missing"] = table["size"] - table["count"]
    names = {"std": "standard_deviation", "min": "minimum", "max": "maximum", "count": "seeds"}
    table = table.rename(columns=names)
    return table[
        [
            *keys,
            "mean",
            "standard_deviation",
            "low",
            "high",
            "minimum",
            "maximum",
            "seeds",
            "missing",
        ]
    ]


def join_scores(frames: list[tuple[object, pd.DataFrame]]) -> pd.DataFrame:
    """Stack score tables, given with the file each came from.

    Raises
    ------
    DataError
        If two tables hold the same row.
    """
    import pandas as pd

    if not frames:
        return score_frame([])
    for path, frame in frames:
        missing = [name for name in COLUMNS if name not in frame.columns]
        if missing:
            raise DataError(path, f"no column {missing[0]!r}", "columns " + ", ".join(COLUMNS))
    joined = pd.concat([frame[COLUMNS] for _, frame in frames], ignore_index=True)
    keys = [name for name in COLUMNS if name not in ("value", "standard_error", "n", "note")]
    twice = joined.duplicated(keys)
    if twice.any():
        place = ", ".join(f"{name}={joined.loc[twice.idxmax(), name]!r}" for name in keys)
        raise DataError("score tables", f"two rows for {place}", "one", "list each table once")
    return joined.sort_values(keys, kind="stable", ignore_index=True)
