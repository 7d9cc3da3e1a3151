"""Stage `score`: one metric on all generated sets of one run."""

from __future__ import annotations

import logging
import time as clock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import Encoding, make_encoding
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.scoring import Place, Score, Scorer, ScoreSpec
from ebmflow.evaluation.tables import score_frame, score_rows
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import read_table, write_table

log = logging.getLogger(__name__)
PROGRESS_SECONDS = 10


def score(
    *,
    samples: Path,
    dataset: Path,
    scores: Path,
    spec: dict[str, Any],
    run: dict[str, Any],
    seed: int = 0,
    threads: int = 1,
    models: Path | None = None,
) -> None:
    """Score every (age, time) of a samples table with one metric.

    Parameters
    ----------
    samples, dataset : Path
        Tables of kind ``samples`` and ``dataset``.
    scores : Path
        Written, Parquet, and the same as TSV beside it.
    spec : dict
        ``metric`` ({kind, options}), ``references``, ``selection``, ``floor`` ...; see ScoreSpec.
    run : dict
        dataset, model, seed, sampling: the first columns of the table.
    seed : int
        Of the choice of rows.
    models : Path, optional
        Folder with one model per age, for metrics that need it.
    """
    settings = ScoreSpec.model_validate(spec)
    source = read_dataset(dataset)
    data = dataset_rows(source)
    columns, _ = read_table(samples, kind="samples")
    if columns["codes"].shape[1] != data["train"].encoding.sites:
        raise DataError(
            samples,
            f"{columns['codes'].shape[1]} sites",
            f"{data['train'].encoding.sites}, as in {dataset}",
            "sample again with a model trained on this dataset",
        )
    scorer = Scorer(
        settings,
        data,
        source.label_names,
        seed=seed,
        threads=threads,
        gap=0 if source.alphabet.has_gap else None,
    )
    found = [*scorer.floor(), *scorer.independent()]
    found += _score_all(scorer, columns, models)
    rows = []
    for place, one in found:
        names = {**run, "metric": settings.metric.kind, **place._asdict()}
        rows += score_rows([one], **names)
    write_table(scores, score_frame(rows), kind="scores", metadata={"spec": spec}, tsv=True)


def _score_all(
    scorer: Scorer, columns: dict[str, np.ndarray], models: Path | None
) -> Iterator[tuple[Place, Score]]:
    moments = np.unique(np.stack([columns["age"], columns["time"]], axis=1), axis=0)
    encoding, spoken = scorer.data["train"].encoding, clock.monotonic()
    age_of_energies = age_of_machine = None
    for done, (age, time) in enumerate(moments.tolist(), start=1):
        if "model" in scorer.metric.needs and age != age_of_energies:
            # Here: it imports torch, a second that most score jobs need not pay.
            from ebmflow.stages.energies import data_energies

            scorer.replace_energies(data_energies(models, age))
            age_of_energies = age
        if "machine" in scorer.metric.needs and age != age_of_machine:
            scorer.replace_machine(_machine(scorer.metric.needs, models, age))
            age_of_machine = age
        chosen = (columns["age"] == age) & (columns["time"] == time)
        yield from scorer.score(generated_rows(columns, chosen, encoding), age, time)
        if clock.monotonic() - spoken > PROGRESS_SECONDS:
            log.info("scored %d of %d sets (age %d, time %d)", done, len(moments), age, time)
            spoken = clock.monotonic()


def _machine(needs: frozenset[str], models: Path | None, age: int) -> object:
    """View of the model of an age; imported here for the same reason."""
    from ebmflow.stages.model_view import model_view
    from ebmflow.stages.network_view import network_view

    return (network_view if "network" in needs else model_view)(models, age)


def dataset_rows(data: Dataset) -> dict[str, RowSet]:
    """Return the training and the test rows of a dataset; either may be empty."""
    encoding = make_encoding(data.alphabet.kind, data.codes.shape[1], data.alphabet.states)
    everything = RowSet(data.codes, encoding, data.weights, data.labels)
    return {side: everything.part(data.split == side) for side in ("train", "test")}


def generated_rows(
    columns: dict[str, np.ndarray], chosen: np.ndarray, encoding: Encoding
) -> RowSet:
    """Return generated rows, labelled as requested, or as predicted where nothing was requested."""
    requested, predicted = columns["label"][chosen], columns["predicted"][chosen]
    return RowSet(
        columns["codes"][chosen],
        encoding,
        np.ones(int(chosen.sum())),
        np.where(requested >= 0, requested, predicted),
        columns["free_energy"][chosen] if "free_energy" in columns else None,
        columns["original"][chosen] if "original" in columns else None,
    )
