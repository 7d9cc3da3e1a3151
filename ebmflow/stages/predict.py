"""Stage `predict`: labels of held-out rows, exactly and by chains, at every age and over time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ebmflow.core.energy_model import Chains, ContrastiveModel
from ebmflow.data.dataset import Dataset
from ebmflow.devices import choose_device
from ebmflow.evaluation.tables import NO_TIME
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.randomness import random_stream
from ebmflow.sampling.plan import PredictionPlan
from ebmflow.sampling.recorded import record_chains
from ebmflow.stages.sample import available_ages


class Rows(NamedTuple):
    """Rows whose labels are predicted.

    Attributes
    ----------
    dataset : Dataset
    chosen : ndarray of int, shape (B,)
        Their places in the dataset.
    data : Tensor, shape (B, sites)
        Their codes, on the device of the model.
    """

    dataset: Dataset
    chosen: np.ndarray
    data: Tensor


def predict(
    *,
    ages: Path,
    dataset: Path,
    predictions: Path,
    spec: dict[str, Any],
    seed: int,
    device: str = "auto",
) -> None:
    """Predict labels and write a table of kind ``predictions``.

    Columns: age, time (-1; of chains recorded on their way, the sweeps done), row (index into the
    dataset), name, label (true; -1: unknown), method, predicted, p_0 ... p_{C-1} (for chains: 1 for
    the label they reached).

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files.
    spec : dict
        A :class:`~ebmflow.sampling.plan.PredictionPlan`.
    """
    plan = PredictionPlan.model_validate(spec)
    where = choose_device(device)
    rows = _rows(read_dataset(dataset), plan.split, where)
    parts, metadata, found = [], {}, sorted(available_ages(ages))
    for age in found:
        model, metadata = load_model(age_path(ages, age), where)
        generator = random_stream(seed, "predict", age, device=where)
        with torch.inference_mode():
            parts.extend(_predict_age(model, metadata, plan, rows, age, generator))
            if plan.times and (age == found[-1] or plan.times_at == "all"):
                times = plan.recorded_times(metadata["trained_sweeps"])
                course = random_stream(seed, "predict", "times", age, device=where)
                parts.extend(_predict_over_time(model, times, rows, age, course))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    facts = {key: metadata[key] for key in ("label_names", "trained_sweeps", "dataset")}
    facts |= {"plan": plan.model_dump(mode="json"), "seed": seed}
    write_table(predictions, columns, kind="predictions", metadata=facts)


def _rows(dataset: Dataset, split: str, device: torch.device) -> Rows:
    chosen = np.flatnonzero(dataset.split == split)
    return Rows(dataset, chosen, torch.from_numpy(dataset.codes[chosen]).to(device))


def _predict_age(
    model: ContrastiveModel,
    metadata: dict[str, Any],
    plan: PredictionPlan,
    rows: Rows,
    age: int,
    generator: torch.Generator,
) -> Iterator[dict[str, np.ndarray]]:
    sweeps = plan.sweeps or metadata["trained_sweeps"]
    methods = {"exact": _exact, "chain": chain_labels}
    for method in plan.methods:
        probabilities = methods[method](model, rows.data, sweeps, generator)
        if probabilities is not None:
            yield _columns(probabilities, rows, age, NO_TIME, method)


def _predict_over_time(
    model: ContrastiveModel,
    times: list[int],
    rows: Rows,
    age: int,
    generator: torch.Generator,
) -> Iterator[dict[str, np.ndarray]]:
    """Labels that one chain a row, from a random label, has reached on its way."""
    chains = model.clamp(model.random_chains(len(rows.chosen), generator), {"data": rows.data})
    run = record_chains(model, chains, times, generator, clamp=frozenset({"data"}))
    for time, state in run:
        yield _columns(_one_hot(model, state), rows, age, time, "chain")


def _columns(
    probabilities: Tensor, rows: Rows, age: int, time: int, method: str
) -> dict[str, np.ndarray]:
    values = probabilities.double().cpu().numpy()
    count, places = len(rows.chosen), rows.chosen
    return {
        "age": np.full(count, age, np.int64),
        "time": np.full(count, time, np.int32),
        "row": places.astype(np.int64),
        "name": np.asarray(rows.dataset.names, dtype=object)[places],
        "label": rows.dataset.labels[places],
        "method": np.full(count, method, dtype=object),
        "predicted": values.argmax(1),
        **{f"p_{c}": values[:, c] for c in range(values.shape[1])},
    }


def _exact(
    model: ContrastiveModel, data: Tensor, sweeps: int, generator: torch.Generator
) -> Tensor | None:
    if not hasattr(model, "label_log_probabilities"):
        return None
    return model.label_log_probabilities(data).exp()


def chain_labels(
    model: ContrastiveModel, data: Tensor, sweeps: int, generator: torch.Generator
) -> Tensor:
    """One-hot labels (B, C) reached from a random label with the data clamped."""
    chains = model.clamp(model.random_chains(data.shape[0], generator), {"data": data})
    chains = model.advance(chains, sweeps, generator, clamp=frozenset({"data"}))
    return _one_hot(model, chains)


def _one_hot(model: ContrastiveModel, chains: Chains) -> Tensor:
    codes = model.codes(chains)["label"].squeeze(-1).long()
    return one_hot(codes, model.visible["label"].states)
