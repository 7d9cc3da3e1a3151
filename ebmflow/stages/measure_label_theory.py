"""Stage `measure_label_theory`: labels that a vector needs, costs by the Gaussian-spin formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.label_theory import (
    LabelTheoryOptions,
    gaussian_costs,
    interlacing_violation,
    scarcity,
)
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import write_table
from ebmflow.randomness import numpy_stream


def measure_label_theory(
    *, dataset: Path, overlap: Path, costs: Path, spec: dict[str, Any]
) -> None:
    """Measure overlaps of label vectors from few labels, and analytic costs, on training rows.

    Parameters
    ----------
    dataset : Path
        With two labels.
    overlap : Path
        Written, kind ``label_overlap``, and as TSV: labels, per_entry, mean, deviation,
        estimate, estimate_printed.
    costs : Path
        Written, kind ``gaussian_costs``, and as TSV: units, log-likelihoods and costs in nats per
        site; metadata: interlacing_violation (Poincare; 0 if it holds).
    spec : dict
        See LabelTheoryOptions.
    """
    options = LabelTheoryOptions.model_validate(spec)
    data = read_dataset(dataset)
    if len(data.label_names) != 2:
        found = f"{len(data.label_names)} labels"
        raise DataError(dataset, found, "two labels", "leave out label_theory, or name two classes")
    chosen = (data.split == "train") & (data.labels >= 0)
    counts = np.bincount(data.labels[chosen], minlength=2)
    if counts.min() < 2:
        found = f"{counts[0]} and {counts[1]} training rows of its labels"
        raise DataError(dataset, found, "two of each", "leave out label_theory, or split otherwise")
    sites = data.codes.shape[1]
    encoding = make_encoding(data.alphabet.kind, sites, data.alphabet.states)
    entries = np.asarray(encoding.expand(data.codes[chosen]), np.float64)
    labels, weights = data.labels[chosen], data.weights[chosen]
    rng = numpy_stream(0, "label_theory", data.name)
    facts = {"label_names": list(data.label_names), "sites": sites, "entries": entries.shape[1]}
    table = scarcity(entries, labels, options, rng)
    write_table(overlap, table, kind="label_overlap", metadata=facts, tsv=True)
    facts["interlacing_violation"] = interlacing_violation(entries, labels, weights)
    found = gaussian_costs(entries, labels, weights, sites, options.unit_counts)
    write_table(costs, found, kind="gaussian_costs", metadata=facts, tsv=True)
