"""Stage `estimate_costs`: what erasing or disentangling labels takes from the log-likelihood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.errors import DataError
from ebmflow.evaluation.costs import cost, row_likelihoods, versions
from ebmflow.evaluation.tables import NO_TIME, score_frame, score_rows
from ebmflow.io.table_file import read_table, write_table
from ebmflow.stages.estimate_likelihood import ROWS

METRIC = "cost"


def estimate_costs(
    *, unconstrained: Path, others: dict[str, Path], scores: Path, run: dict[str, Any]
) -> None:
    """Compare the likelihoods of a machine with those of constrained ones (Eqs 11 and 12).

    Parameters
    ----------
    unconstrained : Path
        Table of kind ``row_likelihoods``.
    others : dict of Path
        ``partial_erasure`` -> table of the fully constrained machine, ``disentanglement`` -> that
        of the machine with released units, on the same dataset; other names do too.
    scores : Path
        Written, kind ``scores``, and as TSV: the costs (convention: lower, upper, exact), of
        training and of test rows; of machines with released units also with the shares of their
        states fitted (``<name>_shares_fitted``).
    run : dict
        dataset, model, seed: the first columns of the scores.
    """
    ours, facts = read_table(unconstrained, kind=ROWS)
    place = {**run, "sampling": "", "metric": METRIC, "age": facts["age"], "time": NO_TIME}
    found = []
    for name, path in others.items():
        theirs, other_facts = read_table(path, kind=ROWS)
        if not np.array_equal(ours["label"], theirs["label"]):
            raise DataError(path, "other rows", f"the rows of {unconstrained}", "use one dataset")
        for split in np.unique(ours["split"].astype(str)):
            chosen = ours["split"] == split
            own = row_likelihoods(ours, facts).part(chosen)
            for version in versions(theirs):
                other = row_likelihoods(theirs, other_facts, version).part(chosen)
                costs = cost(name + version, own, other)
                found += score_rows(costs, reference=split, group="all", **place)
    write_table(scores, score_frame(found), kind="scores", tsv=True)
