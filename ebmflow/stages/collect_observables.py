"""Stage `collect_observables`: data and machines of several parameter values in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from ebmflow.evaluation.report_places import identify
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.options import Component

_SOURCE = TypeAdapter(Component["source"])
COLUMNS = [
    "dataset", "model", "seed", "sampling", "observable", "parameter", "value", "standard_error",
    "n",
]  # fmt: skip
DATA = "data"
AREA = "best AUC of the label from hidden inputs"
WEIGHT = "weight of the released unit"
ORDER = "absolute magnetisation per spin"


def collect_observables(
    *,
    data: list[Path],
    samples: list[Path],
    probes: list[Path],
    releases: list[Path],
    collected: Path,
    spec: dict[str, Any],
) -> None:
    """Join what was measured on data and on the samples of machines.

    Parameters
    ----------
    data, samples : list of Path
        Tables of kind ``observables``; of data ``.../{dataset}/observables.parquet``, of machines
        ``.../{dataset}/{model}/seed-{seed}/{sampling}.parquet``.
    probes : list of Path
        Score tables of classifiers on hidden inputs, of the same datasets; may be none.
    releases : list of Path
        Tables of kind ``label_vectors``; may be none.
    collected : Path
        Written, kind ``observables_by_machine``, and TSV: dataset, model (``data`` for the data),
        seed and sampling (-1 and empty where there is none), observable, parameter, value,
        standard_error, n. Beside what the source knows: the largest AUC over classifiers, and the
        mean weight of the first released unit; of the data, what that should be.
    spec : dict
        ``sources``: dataset -> its source.
    """
    sources = {name: _SOURCE.validate_python(one) for name, one in spec["sources"].items()}
    parts = [_measured(path) for path in (*data, *samples)]
    parts += [_area(path, sources) for path in probes]
    parts += [_weight(path, sources) for path in releases]
    if releases:
        parts += [_expected_weight(_measured(path), sources) for path in data]
    found = [part for part in parts if len(part)]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
    name = next(iter(sources.values())).parameter
    facts = {"parameter": name}
    write_table(collected, table[COLUMNS], kind="observables_by_machine", metadata=facts, tsv=True)


def _measured(path: Path) -> pd.DataFrame:
    frame, _ = read_frame(path, kind="observables")
    place = identify(path)
    frame = frame[frame["n"] > 0].rename(columns={"measured": "value"})
    return frame.assign(
        dataset=place.dataset,
        model=place.model or DATA,
        seed=place.seed,
        sampling=place.name if place.model else "",
    )


def _area(path: Path, sources: dict[str, Any]) -> pd.DataFrame:
    """Largest mean AUC over labels, among classifiers on hidden inputs at the last age."""
    frame, _ = read_frame(path, kind="scores")
    rows = frame[(frame["statistic"] == "auc") & frame["value"].notna()]
    rows = rows[rows["sampling"].str.endswith("_on_inputs") & (rows["age"] == rows["age"].max())]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    means = rows.groupby("sampling")["value"].mean()
    line = {"observable": AREA, "value": means.max(), "n": int(rows["n"].max())}
    return _one_value(path, sources, line)


def _weight(path: Path, sources: dict[str, Any]) -> pd.DataFrame:
    """Size of the mean weight of the first released unit; its error is the spread over sites."""
    frame, facts = read_frame(path, kind="label_vectors")
    weights = frame.loc[frame["series"] == "weights: unit 1", "value"]
    if not facts["released"]:
        return pd.DataFrame(columns=COLUMNS)
    error = weights.std(ddof=1) / np.sqrt(len(weights))
    line = {"observable": WEIGHT, "value": abs(weights.mean()), "standard_error": error}
    return _one_value(path, sources, {**line, "n": len(weights)})


def _one_value(path: Path, sources: dict[str, Any], line: dict[str, Any]) -> pd.DataFrame:
    """One row about a machine, if its dataset has one value of the parameter."""
    place = identify(path)
    values = sources[place.dataset].parameter_values
    if len(values) != 1:
        return pd.DataFrame(columns=COLUMNS)
    names = {"dataset": place.dataset, "model": place.model, "seed": place.seed, "sampling": ""}
    return pd.DataFrame([{**names, "parameter": values[0], "standard_error": np.nan, **line}])


def _expected_weight(measured: pd.DataFrame, sources: dict[str, Any]) -> pd.DataFrame:
    """What the released weight of a machine of these data should be."""
    rows = measured[measured["observable"] == ORDER]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    source = sources[rows["dataset"].iloc[0]]
    values = rows["parameter"].to_numpy()
    expected = source.expected_released_weight(values, rows["value"].to_numpy())
    if expected is None:
        return pd.DataFrame(columns=COLUMNS)
    slope = source.expected_released_weight(values, np.ones(len(rows)))
    errors = slope * rows["standard_error"].to_numpy()
    return rows.assign(observable=WEIGHT, value=expected, standard_error=errors)
