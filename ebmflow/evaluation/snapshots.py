"""Choose, from a samples table, the rows of one training age at one generation time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ebmflow.errors import ConfigError, DataError


class Snapshot(NamedTuple):
    """Rows of a samples table at one age and one time.

    Attributes
    ----------
    columns : dict of ndarray
        The columns of the samples table, n rows each; ``label`` is the requested label, or the
        predicted one where none was requested, and ``requested`` what was requested (-1: nothing).
    age : int
        Updates that the model had seen.
    time : int
        Sweeps since the start of the chains.
    """

    columns: dict[str, np.ndarray]
    age: int
    time: int


def generated_snapshot(
    columns: dict[str, np.ndarray], facts: dict[str, Any], spec: dict[str, Any]
) -> Snapshot:
    """Return the rows of one age and one time.

    Parameters
    ----------
    columns : dict of ndarray
        Samples table: age, time, label, codes and others.
    facts : dict
        Its metadata; ``trained_sweeps`` is the number of sweeps used in training, if there is one.
    spec : dict
        ``age``: ``last`` (default) or a number of updates. ``time``: ``trained`` (default; the last
        recorded time where the table does not hold the trained one), ``last``, or a number of
        sweeps.

    Raises
    ------
    DataError
        If the table has no rows.
    ConfigError
        If the age or time asked for was not recorded.
    """
    if not len(columns["age"]):
        raise DataError("samples", "the table has no rows", "generated samples", "rerun sampling")
    age = _choose("age", spec.get("age", "last"), np.unique(columns["age"]), None)
    here = columns["age"] == age
    times = np.unique(columns["time"][here])
    time = _choose("time", spec.get("time", "trained"), times, facts.get("trained_sweeps"))
    keep = here & (columns["time"] == time)
    chosen = {name: values[keep] for name, values in columns.items()}
    chosen["requested"] = chosen["label"]
    if "predicted" in chosen:
        chosen["label"] = np.where(chosen["label"] >= 0, chosen["label"], chosen["predicted"])
    return Snapshot(chosen, age, time)


def _choose(key: str, wanted: Any, recorded: np.ndarray, trained: Any) -> int:
    known = [int(value) for value in recorded]
    if wanted == "trained":
        return int(trained) if trained is not None and int(trained) in known else known[-1]
    if wanted == "last":
        return known[-1]
    if wanted not in known:
        raise ConfigError("snapshot", key, wanted, accepted=["last", *map(str, known)])
    return int(wanted)


def label_groups(label: np.ndarray, label_names: list[str]) -> list[tuple[str, np.ndarray]]:
    """Return (name, row mask) of each label; of all rows together when there are no labels.

    Parameters
    ----------
    label : ndarray of int, shape (n,)
        Index into `label_names`; -1 for rows without label, which belong to no group.
    """
    if not len(label_names):
        return [("all", np.ones(len(label), dtype=bool))]
    return [(name, np.asarray(label) == index) for index, name in enumerate(label_names)]


def shared_labels(label: np.ndarray, label_names: list[str]) -> list[str]:
    """Labels by which generated rows can be told apart: none where no row has one.

    Rows that a model without labels generates from labelled data are compared all together.
    """
    return list(label_names) if (np.asarray(label) >= 0).any() else []
