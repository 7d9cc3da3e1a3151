"""Stage `estimate_likelihood`: how probable the rows of a dataset are under a trained machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ebmflow.core.rbm import RBM
from ebmflow.data.dataset import Dataset
from ebmflow.devices import choose_device
from ebmflow.errors import ConfigError
from ebmflow.evaluation.costs import (
    FITTED,
    bounds_note,
    log_likelihoods,
    row_likelihoods,
    versions,
)
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.tables import NO_TIME, score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.randomness import numpy_stream, random_stream
from ebmflow.sampling.held_states import (
    HeldState,
    fitted_shares,
    held_states,
    join_bounds,
    middles,
)
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


class Found(NamedTuple):
    """What was found at one age.

    Attributes
    ----------
    columns, facts
        Of the table of rows.
    scores : list of (group, Score)
        Those that are not of rows.
    """

    columns: dict[str, np.ndarray]
    facts: dict[str, Any]
    scores: list[tuple[str, Score]]


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
        inputs), exchange_rate. Notes say where the bounds cannot be used. Of machines with released
        units also share_of_state (convention: trained, fitted; group: codes of the units) and
        ``log_likelihood_shares_fitted``.
    rows : Path
        Written, of the last age, kind ``row_likelihoods``: row, split, label, weight,
        log_unnormalised; metadata: log_partition, sites, age. With released units also column and
        log_partition with ``_shares_fitted`` behind their names.
    spec : dict
        ``options``: :class:`~ebmflow.sampling.likelihood.LikelihoodOptions`; ``released``: number
        of units, or ``one_per_vector``.
    run : dict
        dataset, model, seed: the first columns of the scores.
    """
    options = LikelihoodOptions.model_validate(spec["options"])
    data = read_dataset(dataset)
    released = spec["released"]
    if released == "one_per_vector":
        released = len(data.label_names) - 1
    where = choose_device(device)
    table = []
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
        found = _of_age(model, data, options, released, age, seed, where)
        place = {**run, "sampling": "", "metric": METRIC, "age": age, "time": NO_TIME}
        table += _likelihood_rows(found, data.label_names, place)
        for group, score in found.scores:
            table += score_rows([score], reference="", group=group, **place)
    write_table(rows, found.columns, kind=ROWS, metadata=found.facts)
    write_table(scores, score_frame(table), kind="scores", metadata={"spec": spec}, tsv=True)


def _of_age(
    model: RBM,
    data: Dataset,
    options: LikelihoodOptions,
    released: int,
    age: int,
    seed: int,
    where: torch.device,
) -> Found:
    """Annealing at one age, for each state of released units by itself."""
    generator = random_stream(seed, "likelihood", age, device=where)
    with torch.inference_mode():
        states = held_states(model, released)
        # The same effort, whatever the number of states.
        each = options.model_copy(update={"chains": max(4, options.chains // len(states))})
        log.info("Age %d: %d runs over %d steps", age, options.chains, options.temperatures)
        annealed = [_of_state(model, state, data, each, seed, generator) for state in states]
        codes = torch.tensor(data.codes).to(where)
        parts = [log_unnormalised(state.machine, codes).cpu() for state in states]
    bounds, equilibria = [one[0] for one in annealed], [one[1] for one in annealed]
    offsets = torch.tensor([state.offset for state in states], dtype=torch.float64)
    of_states = torch.stack(parts, 1)
    total = join_bounds(bounds, offsets)
    columns = {
        "row": np.arange(len(data.codes)),
        "split": data.split,
        "label": data.labels,
        "weight": data.weights,
        "log_unnormalised": torch.logsumexp(of_states + offsets, 1).numpy(),
    }
    facts = {"log_partition": _named(total), "sites": data.space.sites, "age": age}
    scores = [("all", one) for one in _equilibrium_scores(total, equilibria, options)]
    if len(states) > 1:
        scores += _fit_shares(states, bounds, of_states, columns, facts)
    for version in versions(columns):
        if note := bounds_note(facts["log_partition" + version], facts["sites"]):
            log.warning("Age %d%s: %s", age, version.replace("_", " "), note)
    return Found(columns, facts, scores)


def _of_state(
    model: RBM,
    state: HeldState,
    data: Dataset,
    options: LikelihoodOptions,
    seed: int,
    generator: torch.Generator,
) -> tuple[PartitionBounds, Equilibrium]:
    """Bounds of ln Z of the machine of one state, and the samples they rest on."""
    chosen = _rows_of(model, state, data)
    start = _start_rows(model, data, chosen, options.chains // 2, (seed, *state.codes), generator)
    base = _base_fields(model, data, chosen, generator.device)
    equilibrium = equilibrium_samples(state.machine, start, base, options, generator)
    bounds = enclose_log_partition(state.machine, equilibrium.visible, base, options, generator)
    return bounds, equilibrium


def _rows_of(model: RBM, state: HeldState, data: Dataset) -> np.ndarray:
    """Training rows to which a state of the released units fits best; all, if there are none."""
    usable = np.flatnonzero(_usable(model, data))
    if not state.codes:
        return usable
    where = model.hidden.field.device
    codes = {g: one.to(where) for g, one in _codes(model, data, usable).items()}
    likely = model.likely_hidden(codes)[:, : len(state.codes)].cpu()
    fits = (likely == torch.tensor(state.codes)).all(1).numpy()
    return usable[fits] if fits.any() else usable


def _fit_shares(
    states: list[HeldState],
    bounds: list[PartitionBounds],
    of_states: Tensor,
    columns: dict[str, np.ndarray],
    facts: dict[str, Any],
) -> list[tuple[str, Score]]:
    """Add the machine whose states have the shares that fit the training rows; scores of shares."""
    log_z = middles(bounds)
    offsets = torch.tensor([state.offset for state in states], dtype=torch.float64)
    training = torch.from_numpy(columns["split"] == "train")
    weights = torch.tensor(columns["weight"], dtype=torch.float64)
    fitted = fitted_shares((of_states - log_z)[training], weights[training])
    shifts = fitted.log() - log_z
    columns["log_unnormalised" + FITTED] = torch.logsumexp(of_states + shifts, 1).numpy()
    facts["log_partition" + FITTED] = _named(join_bounds(bounds, shifts))
    found = {"trained": torch.softmax(log_z + offsets, 0), "fitted": fitted}
    return [
        ("state " + " ".join(map(str, state.codes)), Score("share_of_state", name, value, None, 1))
        for name, shares in found.items()
        for state, value in zip(states, shares.tolist(), strict=True)
    ]


def _start_rows(
    model: RBM,
    data: Dataset,
    rows: np.ndarray,
    number: int,
    stream: tuple[int, ...],
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Some of the rows, drawn by their weights, with labels where the model knows them.

    `stream` is the seed, and the state of released units.
    """
    share = data.weights[rows] / data.weights[rows].sum()
    seed, *state = stream
    chosen = numpy_stream(seed, "likelihood", "starts", *state).choice(rows, number, p=share)
    return {g: codes.to(generator.device) for g, codes in _codes(model, data, chosen).items()}


def _usable(model: RBM, data: Dataset) -> np.ndarray:
    """Training rows that set all visible groups, as a mask."""
    known = data.labels >= 0 if "label" in model.visible else True
    return (data.split == "train") & known


def _codes(model: RBM, data: Dataset, chosen: np.ndarray) -> dict[str, Tensor]:
    codes = {"data": torch.from_numpy(data.codes[chosen])}
    if "label" in model.visible:
        codes["label"] = torch.from_numpy(data.labels[chosen, None].astype(np.uint8))
    return codes


def _base_fields(
    model: RBM, data: Dataset, rows: np.ndarray, where: torch.device
) -> dict[str, Tensor]:
    weights = torch.from_numpy(data.weights[rows]).to(where)
    codes = _codes(model, data, rows)
    return frequency_fields(model, {g: (one.to(where), weights) for g, one in codes.items()})


def _named(bounds: PartitionBounds) -> dict[str, tuple[float, float]]:
    named = {"forward": bounds.forward, "reverse": bounds.reverse}
    return named if bounds.exact is None else {**named, "exact": (bounds.exact, 0.0)}


def _likelihood_rows(
    found: Found, label_names: tuple[str, ...], place: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    columns = found.columns
    for split in ("train", "test"):
        of_split = columns["split"] == split
        groups = {"all": of_split}
        for label, name in enumerate(label_names):
            groups[name] = of_split & (columns["label"] == label)
        for version, (group, chosen) in product(versions(columns), groups.items()):
            if chosen.any():
                rows = row_likelihoods(columns, found.facts, version).part(chosen)
                scores = log_likelihoods(rows, version)
                yield from score_rows(scores, reference=split, group=group, **place)


def _equilibrium_scores(
    bounds: PartitionBounds, equilibria: list[Equilibrium], options: LikelihoodOptions
) -> Iterator[Score]:
    """ln Z, and what speaks for it: of several states, the worst."""
    for direction, (value, error) in _named(bounds).items():
        yield Score("log_partition", direction, value, error, options.chains)
    times = [one.autocorrelation for one in equilibria]
    tau = max(times, key=lambda one: (not one.converged, one.value))
    rounds = options.rounds - options.rounds // 2
    note = "" if tau.converged else "the series is too short for its correlations"
    value = tau.value if tau.converged else None
    error = tau.standard_error if tau.converged else None
    yield Score("autocorrelation_time", "", value, error, rounds, note)
    for name, all_z in (
        ("free_energy", [one.starts.z[-1].item() for one in equilibria]),
        ("leading_component", [one.leading_z for one in equilibria]),
    ):
        z = max(all_z, key=abs)
        apart = "chains from data and from random starts differ" if abs(z) > LARGEST_Z else ""
        yield Score("two_start_z", name, z, 1.0, options.chains, apart)
    rate = min(one.exchange_rates.min().item() for one in equilibria)
    yield Score("exchange_rate", "", rate, None, options.chains)
