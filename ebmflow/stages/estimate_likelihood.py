"""Stage `estimate_likelihood`: how probable the rows of a dataset are under a trained machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ebmflow.core.rbm import RBM
from ebmflow.data.dataset import Dataset
from ebmflow.devices import choose_device
from ebmflow.errors import ConfigError
from ebmflow.evaluation.costs import bounds_note, log_likelihoods, row_likelihoods
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.tables import NO_TIME, score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.randomness import numpy_stream, random_stream
from ebmflow.sampling.likelihood import (
    Equilibrium,
    LikelihoodOptions,
    PartitionBounds,
    enclose_log_partition,
    equilibrium_samples,
    frequency_fields,
    log_unnormalised,
)
from ebmflow.stages.sample import available_ages

log = logging.getLogger(__name__)
METRIC = "likelihood"
# Differences between two starts beyond this are called such.
LARGEST_Z = 4.0
ROWS = "row_likelihoods"


def estimate_likelihood(
    *,
    ages: Path,
    dataset: Path,
    scores: Path,
    rows: Path,
    spec: dict[str, Any],
    run: dict[str, Any],
    seed: int,
    device: str = "auto",
) -> None:
    """Estimate the log-likelihood of the rows of a dataset at one age of a machine or several.

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files.
    dataset : Path
        Table of kind ``dataset``.
    scores : Path
        Written, kind ``scores``, and as TSV: log_partition, log_likelihood and its value per site
        (convention: forward, reverse, exact), over all rows and a label, of training and test rows;
        and how far the samples of the reverse runs are from equilibrium: autocorrelation_time (in
        rounds), two_start_z (of the free energy, and of the leading component of the hidden
        inputs), exchange_rate. Notes say where the bounds cannot be used.
    rows : Path
        Written, of the last age, kind ``row_likelihoods``: row, split, label, weight,
        log_unnormalised; metadata: log_partition, sites, age.
    spec : dict
        :class:`~ebmflow.sampling.likelihood.LikelihoodOptions`.
    run : dict
        dataset, model, seed: the first columns of the scores.
    """
    options = LikelihoodOptions.model_validate(spec)
    data = read_dataset(dataset)
    where = choose_device(device)
    found = []
    for age in options.chosen_ages(available_ages(ages)):
        model, _ = load_model(age_path(ages, age), where)
        if not hasattr(model, "free_energy"):
            raise ConfigError(
                "likelihood",
                "model",
                run.get("model"),
                found="a model without energy",
                expected="RBM",
            )
        columns, facts, equilibrium = _of_age(model, data, options, age, seed, where)
        place = {**run, "sampling": "", "metric": METRIC, "age": age, "time": NO_TIME}
        found += _likelihood_rows(columns, facts, data.label_names, place)
        found += score_rows(equilibrium, reference="", group="all", **place)
    write_table(rows, columns, kind=ROWS, metadata=facts)
    write_table(scores, score_frame(found), kind="scores", metadata={"spec": spec}, tsv=True)


def _of_age(
    model: RBM,
    data: Dataset,
    options: LikelihoodOptions,
    age: int,
    seed: int,
    where: torch.device,
) -> tuple[dict[str, np.ndarray], dict[str, Any], list[Score]]:
    """Columns and metadata of the rows, and what speaks for the estimate, of one age."""
    generator = random_stream(seed, "likelihood", age, device=where)
    with torch.inference_mode():
        starts = _start_rows(model, data, options.chains // 2, seed, where)
        base = _base_fields(model, data, where)
        equilibrium = equilibrium_samples(model, starts, base, options, generator)
        log.info("Age %d: %d runs over %d steps", age, options.chains, options.temperatures)
        bounds = enclose_log_partition(model, equilibrium.visible, base, options, generator)
        values = log_unnormalised(model, torch.tensor(data.codes).to(where)).cpu().numpy()
    columns = {
        "row": np.arange(len(values)),
        "split": data.split,
        "label": data.labels,
        "weight": data.weights,
        "log_unnormalised": values,
    }
    facts = {"log_partition": _named(bounds), "sites": data.space.sites, "age": age}
    if note := bounds_note(facts["log_partition"], facts["sites"]):
        log.warning("Age %d: %s", age, note)
    return columns, facts, list(_equilibrium_scores(bounds, equilibrium, options))


def _start_rows(
    model: RBM, data: Dataset, number: int, seed: int, where: torch.device
) -> dict[str, Tensor]:
    """Training rows, drawn by their weights, with labels where the model knows them."""
    usable = np.flatnonzero(_usable(model, data))
    share = data.weights[usable] / data.weights[usable].sum()
    chosen = numpy_stream(seed, "likelihood", "starts").choice(usable, number, p=share)
    return {g: codes.to(where) for g, codes in _codes(model, data, chosen).items()}


def _usable(model: RBM, data: Dataset) -> np.ndarray:
    """Training rows that set all visible groups, as a mask."""
    known = data.labels >= 0 if "label" in model.visible else True
    return (data.split == "train") & known


def _codes(model: RBM, data: Dataset, chosen: np.ndarray) -> dict[str, Tensor]:
    codes = {"data": torch.from_numpy(data.codes[chosen])}
    if "label" in model.visible:
        codes["label"] = torch.from_numpy(data.labels[chosen, None].astype(np.uint8))
    return codes


def _base_fields(model: RBM, data: Dataset, where: torch.device) -> dict[str, Tensor]:
    chosen = np.flatnonzero(_usable(model, data))
    weights = torch.from_numpy(data.weights[chosen]).to(where)
    codes = _codes(model, data, chosen)
    return frequency_fields(model, {g: (one.to(where), weights) for g, one in codes.items()})


def _named(bounds: PartitionBounds) -> dict[str, tuple[float, float]]:
    named = {"forward": bounds.forward, "reverse": bounds.reverse}
    return named if bounds.exact is None else {**named, "exact": (bounds.exact, 0.0)}


def _likelihood_rows(
    columns: dict[str, np.ndarray],
    facts: dict[str, Any],
    label_names: tuple[str, ...],
    place: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    everything = row_likelihoods(columns, facts)
    for split in ("train", "test"):
        of_split = columns["split"] == split
        groups = {"all": of_split}
        for label, name in enumerate(label_names):
            groups[name] = of_split & (columns["label"] == label)
        for group, chosen in groups.items():
            if chosen.any():
                found = log_likelihoods(everything.part(chosen))
                yield from score_rows(found, reference=split, group=group, **place)


def _equilibrium_scores(
    bounds: PartitionBounds, equilibrium: Equilibrium, options: LikelihoodOptions
) -> Iterator[Score]:
    for direction, (value, error) in _named(bounds).items():
        yield Score("log_partition", direction, value, error, options.chains)
    tau, rounds = equilibrium.autocorrelation, options.rounds - options.rounds // 2
    note = "" if tau.converged else "the series is too short for its correlations"
    value = tau.value if tau.converged else None
    error = tau.standard_error if tau.converged else None
    yield Score("autocorrelation_time", "", value, error, rounds, note)
    for name, z in (
        ("free_energy", equilibrium.starts.z[-1].item()),
        ("leading_component", equilibrium.leading_z),
    ):
        apart = "chains from data and from random starts differ" if abs(z) > LARGEST_Z else ""
        yield Score("two_start_z", name, z, 1.0, options.chains, apart)
    yield Score("exchange_rate", "", equilibrium.exchange_rates.min().item(), None, options.chains)
