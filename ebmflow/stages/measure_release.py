"""Stage `measure_release`: weights against label vectors, and classes that change with a unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from ebmflow.core.energy_model import Chains
from ebmflow.core.rbm import RBM
from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.probing import fit_logistic
from ebmflow.evaluation.release import (
    ReleaseOptions,
    class_states,
    cosine_scores,
    cosines,
    overlap_scores,
    switch_scores,
)
from ebmflow.evaluation.tables import NO_TIME, score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.randomness import numpy_stream, random_stream
from ebmflow.sampling.likelihood import log_unnormalised
from ebmflow.sampling.morphing import record_morph
from ebmflow.stages.sample import available_ages
from ebmflow.stages.train import to_training_data
from ebmflow.training.constraints.label_vectors import (
    class_indicators,
    covariance_vectors,
    labelled_rows,
)
from ebmflow.training.constraints.linear import Linear
from ebmflow.training.families.base import TrainingData

METRIC = "release"
DATA = frozenset({"data"})
SHOWN_UNITS = 4  # units of which inputs and weights are kept: the released ones come first


def measure_release(
    *,
    ages: Path,
    dataset: Path,
    scores: Path,
    vectors: Path,
    inputs: Path,
    morph: Path,
    spec: dict[str, Any],
    run: dict[str, Any],
    seed: int,
) -> None:
    """Compare weights with label vectors, and change the class of held-out rows by held units.

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files of an RBM.
    dataset : Path
        Labelled.
    scores : Path
        Written, kind ``scores``, and as TSV: released_cosine, largest_other_cosine; kept_rate,
        switch_rate, switch_half_time (sweeps) of chains from held-out rows; known_overlap where
        the machine knew few labels.
    vectors : Path
        Written, kind ``label_vectors``: series (``q: <class>``, ``known q: <class>`` from the few
        labels that the machine knew, or ``weights: unit <d>``), site, state, value.
    inputs : Path
        Written, kind ``hidden_inputs``: unit, label, value, of held-out rows; the first unit, or
        the released ones and the next.
    morph : Path
        Written, kind ``morph``: chain, time, label, own, target, probability,
        log_unnormalised; empty where no unit is released. Metadata: change.
    spec : dict
        ``options``: ReleaseOptions; ``released``: number of units, or ``one_per_vector``;
        ``rows_per_class``: of the linear constraint, absent or null if it knew all labels.
    run : dict
        dataset, model, seed.
    """
    options = ReleaseOptions.model_validate(spec["options"])
    data = read_dataset(dataset)
    age = max(available_ages(ages))
    model, _ = load_model(age_path(ages, age))
    if not isinstance(model, RBM) or not data.label_names:
        raise DataError(ages, "no hidden units, or no labels", "an RBM and labelled rows")
    with torch.inference_mode():
        rows = to_training_data(data.part("train"), True)
        q, known = _label_vectors(model, rows), None
        if absent := data.label_names[len(q) + 1 :]:
            found = f"no training row of {', '.join(absent)}"
            raise DataError(dataset, found, "some of each label", "split the rows in another way")
        per_class = spec.get("rows_per_class")
        if per_class is not None:
            known = _label_vectors(model, Linear(rows_per_class=per_class).known(rows, seed))
        weights = model.coupling.weights["data"].double().numpy()
        released = len(q) if spec["released"] == "one_per_vector" else int(spec["released"])
        found = cosines(weights, q)
        table = _run_chains(model, data, options, class_states(found, released, len(q) + 1), seed)
        # of several released units with one that is not beside them
        unit_inputs = _input_frame(model, data, released + 1 if released > 1 else 1)
    found_scores = list(cosine_scores(found, released))
    if known is not None:
        found_scores += overlap_scores(known, q, data.label_names, per_class)
    if len(table):
        found_scores += switch_scores(table, options.sweeps)
    place = {**run, "sampling": "", "metric": METRIC, "reference": "test", "age": age}
    place["time"] = NO_TIME
    table_rows = [
        row for group, one in found_scores for row in score_rows([one], **place, group=group)
    ]
    write_table(scores, score_frame(table_rows), kind="scores", tsv=True)
    facts = {"alphabet": data.alphabet.metadata(), "label_names": list(data.label_names)}
    facts |= {"released": released, "cosines": found[: max(released, 1)].tolist()}
    facts["known_labels"] = None if known is None else per_class * len(data.label_names)
    shown = _vector_frame(model, data, q, known, weights)
    write_table(vectors, shown, kind="label_vectors", metadata=facts)
    write_table(inputs, unit_inputs, kind="hidden_inputs", metadata=facts)
    write_table(morph, table, kind="morph", metadata={**facts, "change": options.sweeps})


def _label_vectors(model: RBM, data: TrainingData) -> np.ndarray:
    rows = labelled_rows(data)
    found = covariance_vectors(model.visible["data"], rows, class_indicators(rows.labels))
    return found.numpy()


def _run_chains(
    model: RBM, data: Dataset, options: ReleaseOptions, states: np.ndarray, seed: int
) -> pd.DataFrame:
    """Rows of the table ``morph``; none where no unit is released."""
    columns = ["chain", "time", "label", "own", "target", "probability", "log_unnormalised"]
    if states.shape[1] == 0:
        return pd.DataFrame(columns=columns)
    chosen = _start_rows(data, options.chains, seed)
    own, target = data.labels[chosen], (data.labels[chosen] + 1) % len(states)
    schedule = [
        (0, torch.from_numpy(states[own])),
        (options.sweeps, torch.from_numpy(states[target])),
    ]
    generator = random_stream(seed, METRIC)
    start = model.random_chains(len(chosen), generator)
    start = model.clamp(start, {"data": torch.from_numpy(data.codes[chosen])})
    judge = _Judge(data)
    parts = []
    for time, chains, _ in record_morph(model, start, options.times(), schedule, generator):
        parts.append(_state_frame(model, chains, judge, own, target, time, data.label_names))
    return pd.concat(parts, ignore_index=True)[columns]


def _start_rows(data: Dataset, chains: int, seed: int) -> np.ndarray:
    """Held-out rows, at most `chains` of each class."""
    generator, chosen = numpy_stream(seed, METRIC, "starts"), []
    for label in range(len(data.label_names)):
        own = np.flatnonzero((data.split == "test") & (data.labels == label))
        chosen.append(generator.permutation(own)[:chains])
    return np.concatenate(chosen)


class _Judge:
    """A classifier of rows, fitted on the labelled training rows; it never saw the machine."""

    def __init__(self, data: Dataset) -> None:
        known = (data.split == "train") & (data.labels >= 0)
        self.encoding = make_encoding(data.alphabet.kind, data.codes.shape[1], data.alphabet.states)
        self.classifier, _ = fit_logistic(
            self.encoding.expand(data.codes[known]), data.labels[known]
        )

    def probabilities(self, codes: np.ndarray) -> np.ndarray:
        """Class probabilities (n, classes)."""
        return self.classifier.predict_proba(self.encoding.expand(codes))


def _state_frame(
    model: RBM,
    chains: Chains,
    judge: _Judge,
    own: np.ndarray,
    target: np.ndarray,
    time: int,
    names: tuple[str, ...],
) -> pd.DataFrame:
    codes = chains.visible["data"]
    probabilities = judge.probabilities(codes.numpy())
    said, place = probabilities.argmax(1), np.arange(len(own))
    return pd.DataFrame(
        {
            "chain": place,
            "time": time,
            "label": np.array(names)[own],
            "own": (said == own).astype(np.int8),
            "target": (said == target).astype(np.int8),
            "probability": probabilities[place, target],
            "log_unnormalised": log_unnormalised(model, codes).numpy(),
        }
    )


def _vector_frame(
    model: RBM, data: Dataset, q: np.ndarray, known: np.ndarray | None, weights: np.ndarray
) -> pd.DataFrame:
    names = data.label_names[1:]
    shown = {f"q: {name}": one for name, one in zip(names, q, strict=True)}
    if known is not None:
        shown |= {f"known q: {name}": one for name, one in zip(names, known, strict=True)}
    for unit in range(min(SHOWN_UNITS, weights.shape[1])):
        shown[f"weights: unit {unit + 1}"] = weights[:, unit]
    sites = model.visible["data"].sites
    states = weights.shape[0] // sites
    place = np.arange(weights.shape[0])
    return pd.concat(
        [
            pd.DataFrame(
                {"series": name, "site": place // states + 1, "state": place % states, "value": one}
            )
            for name, one in shown.items()
        ],
        ignore_index=True,
    )


def _input_frame(model: RBM, data: Dataset, units: int) -> pd.DataFrame:
    chosen = (data.split == "test") & (data.labels >= 0)
    values = model.inputs_to_hidden({"data": torch.from_numpy(data.codes[chosen])}, DATA)
    units = min(units, SHOWN_UNITS, values.shape[1])
    return pd.DataFrame(
        {
            "unit": np.tile(np.arange(1, units + 1), int(chosen.sum())),
            "label": np.repeat(np.array(data.label_names)[data.labels[chosen]], units),
            "value": values[:, :units].double().numpy().ravel(),
        }
    )
