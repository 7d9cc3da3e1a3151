"""Stage `judge_samples`: how probable other trained machines find the rows of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.data.dataset import Dataset
from ebmflow.errors import ConfigError, DataError
from ebmflow.evaluation.tables import NO_TIME
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import read_table, write_table
from ebmflow.sampling.likelihood import log_unnormalised
from ebmflow.stages.sample import available_ages

KIND = "judged"


def judge_samples(
    *, samples: Path, dataset: Path, ages: list[Path], judged: Path, spec: dict[str, Any]
) -> None:
    """Score generated rows, and the held-out rows they should resemble, by other machines.

    Parameters
    ----------
    samples : Path
        Table of kind ``samples``; its last age is judged.
    dataset : Path
        Of the machine that generated; held-out rows are judged with it.
    ages : list of Path
        Folder of ``age-<update>.safetensors`` files of each judge, in the order of their names.
    judged : Path
        Written, kind ``judged``: judge, set (``generated`` or ``data``), time (-1: data), chain
        (of data: row of the dataset), label (requested; where none was, that of the row the chain
        started at; empty: none), log_unnormalised (nats: ln P + ln Z of the judge). Metadata: age;
        label_names; changes, the sweeps after which held units were changed; and the judges, as in
        the settings.
    spec : dict
        ``judges``: name -> dataset, model, seed.

    Raises
    ------
    DataError
        If a judge has other sites or states than the rows.
    ConfigError
        If a judge has no energy.
    """
    data = read_dataset(dataset)
    columns, facts = read_table(samples, kind="samples")
    parts = []
    for name, folder in zip(sorted(spec["judges"]), ages, strict=True):
        path = age_path(folder, max(available_ages(folder)))
        model, about = load_model(path)
        _check(model, about, data, name, path)
        with torch.inference_mode():
            parts += [one.assign(judge=name) for one in _frames(model, columns, data)]
    order = ["judge", "set", "time", "chain", "label", "log_unnormalised"]
    schedule = ((facts.get("plan") or {}).get("morph") or {"schedule": []})["schedule"]
    written = {
        "age": int(columns["age"].max()),
        "label_names": list(data.label_names),
        "changes": [one["from_sweep"] for one in schedule if one["from_sweep"] > 0],
        "judges": spec["judges"],
    }
    write_table(judged, pd.concat(parts, ignore_index=True)[order], kind=KIND, metadata=written)


def _check(
    model: ContrastiveModel, about: dict[str, Any], data: Dataset, name: str, path: Path
) -> None:
    if not hasattr(model, "free_energy"):
        raise ConfigError("judges", name, None, found="a model without energy", expected="an RBM")
    ours, theirs = data.space.sites, about["space"][1]
    if ours != theirs or about["alphabet"] != data.alphabet.metadata():
        raise DataError(
            path,
            f"judge {name} knows {theirs} sites with {_letters(about['alphabet'])}",
            f"{ours} sites with {_letters(data.alphabet.metadata())}, as the rows have",
            "name a judge trained on rows of the same kind",
        )


def _letters(alphabet: dict[str, Any]) -> str:
    return f"{alphabet['kind']} {alphabet.get('letters') or 'values'}"


def _frames(
    model: ContrastiveModel, columns: dict[str, np.ndarray], data: Dataset
) -> Iterator[pd.DataFrame]:
    """Generated rows of the last age, then held-out rows."""
    here = columns["age"] == columns["age"].max()
    labels = columns["label"][here]
    if "start_row" in columns:
        start = columns["start_row"][here]
        labels = np.where((labels < 0) & (start >= 0), data.labels[start], labels)
    yield _frame(
        model, columns["codes"][here], "generated", columns["time"][here], columns["chain"][here],
        _names(labels, data),
    )  # fmt: skip
    held_out = np.flatnonzero(data.split == "test")
    yield _frame(
        model, data.codes[held_out], "data", NO_TIME, held_out,
        _names(data.labels[held_out], data),
    )  # fmt: skip


def _frame(
    model: ContrastiveModel, codes: np.ndarray, kind: str, time: Any, chain: Any, label: Any
) -> pd.DataFrame:
    values = log_unnormalised(model, torch.from_numpy(np.ascontiguousarray(codes))).numpy()
    columns = {"set": kind, "time": time, "chain": chain, "label": label}
    return pd.DataFrame({**columns, "log_unnormalised": values})


def _names(labels: np.ndarray, data: Dataset) -> np.ndarray:
    return np.array([data.label_names[one] if one >= 0 else "" for one in labels], dtype=object)
