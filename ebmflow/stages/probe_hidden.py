"""Stage `probe_hidden`: what the hidden units of a model know about labels."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.probing import ProbeSpec, classifier_name, correlations, probe
from ebmflow.evaluation.tables import score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.randomness import random_stream, stream_seed
from ebmflow.stages.sample import available_ages

log = logging.getLogger(__name__)
METRIC = "probe"
SIDES = ("train", "test")
DATA = frozenset({"data"})


def probe_hidden(
    *,
    ages: Path,
    dataset: Path,
    scores: Path,
    pearson: Path,
    spec: dict[str, Any],
    run: dict[str, Any],
    seed: int = 0,
) -> None:
    """Fit classifiers on hidden inputs (or samples, or the data) and judge them on held-out rows.

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files, of models with inputs to hidden units.
    dataset : Path
        Labelled.
    scores : Path
        Written, kind ``scores`` (and TSV): metric ``probe``; the column ``sampling`` holds the
        classifier and its features, such as ``two_layer_8_on_inputs``.
    pearson : Path
        Written, kind ``hidden_correlations``: age, unit, label, pearson over training rows.
    spec : dict
        See ProbeSpec.
    run : dict
        dataset, model, seed.
    """
    settings = ProbeSpec.model_validate(spec)
    data = read_dataset(dataset)
    if not data.label_names:
        raise DataError(dataset, "no labels", "a labelled dataset", "name a labeller in its file")
    found = sorted(available_ages(ages))
    rows, tables = [], []
    for age in found if settings.ages == "all" else found[-1:]:
        features = _features(age_path(ages, age), data, settings, seed)
        tables.append(_correlation_frame(features["inputs"]["train"], data, age))
        for name in settings.features:
            for width in settings.widths:
                log.info("age %d: %s", age, classifier_name(width, name))
                place = {**run, "sampling": classifier_name(width, name), "metric": METRIC}
                place |= {"reference": "test", "age": age, "time": -1}
                start = stream_seed(seed, METRIC, age, name, width)
                train, test = features[name]["train"], features[name]["test"]
                for group, score in probe(train, test, data.label_names, width=width, seed=start):
                    rows += score_rows([score], **place, group=group)
    write_table(scores, score_frame(rows), kind="scores", tsv=True)
    write_table(pearson, pd.concat(tables, ignore_index=True), kind="hidden_correlations")


def _features(
    path: Path, data: Dataset, settings: ProbeSpec, seed: int
) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Features -> side of the split -> (features, labels) of labelled rows."""
    model, _ = load_model(path)
    if not hasattr(model, "inputs_to_hidden"):
        raise DataError(path, "a model without inputs to hidden units", "an RBM")
    encoding = make_encoding(data.alphabet.kind, data.codes.shape[1], data.alphabet.states)
    generator = random_stream(seed, METRIC, path.stem)
    features: dict[str, dict] = {name: {} for name in ("inputs", *settings.features)}
    for side in SIDES:
        chosen = (data.split == side) & (data.labels >= 0)
        codes, labels = data.codes[chosen], data.labels[chosen]
        with torch.inference_mode():
            inputs = model.inputs_to_hidden({"data": torch.from_numpy(codes)}, DATA)
            if "samples" in features:
                states = model.hidden.sample(inputs, generator)
                features["samples"][side] = states.numpy().astype(np.float32), labels
        features["inputs"][side] = inputs.numpy(), labels
        if "data" in features:
            features["data"][side] = encoding.expand(codes), labels
    return features


def _correlation_frame(
    features: tuple[np.ndarray, np.ndarray], data: Dataset, age: int
) -> pd.DataFrame:
    values = correlations(*features, len(data.label_names))
    units, classes = values.shape
    return pd.DataFrame(
        {
            "age": age,
            "unit": np.repeat(np.arange(units), classes),
            "label": np.tile(data.label_names, units),
            "pearson": values.ravel(),
        }
    )
