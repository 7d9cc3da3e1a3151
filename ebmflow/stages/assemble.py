"""Stage `assemble`: join codes, labels and weights; apply what labels ask for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.labels import LabelOptions, drop_and_merge, label_names
from ebmflow.data.thinning import KeepOptions, thinned
from ebmflow.data.weights import WeightOptions, balance_classes
from ebmflow.errors import DataError
from ebmflow.io.table_file import read_frame, read_table, write_table

log = logging.getLogger(__name__)


def assemble(
    *, filtered: Path, labels: Path, weights: Path, assembled: Path, spec: dict[str, Any]
) -> None:
    """Join what the earlier stages made.

    Rows that are dropped here have been counted as neighbours before: the weight of a row does not
    depend on labels.

    Parameters
    ----------
    filtered, labels, weights : Path
        Tables of these kinds. Labels may be there for rows that the filter removed.
    assembled : Path
        Written, kind ``assembled``: name, codes, label, weight, group, source_split.
    spec : dict
        ``labels``: the options that every labeller has; ``weights``: ``balance_classes``;
        ``keep``: the share of rows to keep.
    """
    columns, facts = read_table(filtered, kind="filtered")
    notes, label_facts = read_frame(labels, kind="labels")
    weighed, weight_facts = read_frame(weights, kind="weights")
    if not np.array_equal(weighed["name"], columns["name"]):
        raise DataError(weights, f"weights of other rows than {filtered}", "", "rerun reweight")
    notes = notes.set_index("name").reindex(columns["name"])
    common = set(LabelOptions.model_fields)
    given = spec.get("labels") or {}
    options = LabelOptions(**{key: given[key] for key in given if key in common})
    found, dropped = drop_and_merge(_objects(notes["label"]), _objects(notes["dropped"]), options)
    kept = pd.isna(dropped)
    if not kept.any():
        raise DataError("dataset, labels", "no row is left", "some", "relax the label options")
    strata = pd.MultiIndex.from_arrays([found[kept], _objects(notes["source_split"])[kept]])
    drawn = thinned(strata.factorize()[0], KeepOptions(**spec.get("keep", {})))
    dropped[np.flatnonzero(kept)[~drawn]] = "not drawn"
    kept[kept] = drawn
    names = label_names(found[kept], options)
    numbers = pd.Categorical(found[kept], categories=names).codes.astype(np.int64)
    plain = weighed["weight"].to_numpy()[kept]
    balanced = WeightOptions(**spec.get("weights", {})).balance_classes
    weight = balance_classes(plain, numbers) if balanced else plain
    counts = Counts([*facts["counts"], *label_facts["counts"], *weight_facts["counts"]])
    reasons = pd.Series(dropped, dtype=object).value_counts().sort_index()
    sites = columns["codes"].shape[1]
    counts.step("assemble", len(kept), dict(reasons), sites_in=sites, sites_out=sites)
    counts.extend(_counts_per_class(numbers, names, plain, weight))
    if given and len(names) < 2:
        found = f"only {names[0]!r}" if names else "none"
        counts.warn("assemble", f"labels tell nothing: there is {found}")
    log.info("%d rows, %d classes", kept.sum(), len(names))
    write_table(
        assembled,
        {
            "name": columns["name"][kept],
            "codes": columns["codes"][kept],
            "label": numbers,
            "weight": weight,
            "group": _objects(notes["group"])[kept],
            "source_split": _objects(notes["source_split"])[kept],
        },
        kind="assembled",
        metadata={**_kept_facts(facts), "label_names": list(names), "counts": counts.records()},
    )


def _kept_facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: facts[key] for key in ("alphabet", "kept_columns")}


def _objects(column: pd.Series) -> np.ndarray:
    values = np.empty(len(column), dtype=object)
    values[:] = [value if isinstance(value, str) else None for value in column]
    return values


def _counts_per_class(
    numbers: np.ndarray, names: tuple[str, ...], plain: np.ndarray, weight: np.ndarray
) -> Counts:
    """Rows, effective rows before balancing, and total weight after it, of every class."""
    counts = Counts()
    for number, name in [*enumerate(names), (-1, None)]:
        members = numbers == number
        if name is None and not members.any():
            continue
        what = "" if name is not None else "unlabelled "
        counts.add("assemble", f"{what}rows", label=name, rows=int(members.sum()))
        counts.add("assemble", f"{what}Meff", label=name, rows=float(plain[members].sum()))
        counts.add("assemble", f"{what}weight", label=name, rows=float(weight[members].sum()))
    return counts
