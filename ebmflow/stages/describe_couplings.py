"""Stage `describe_couplings`: couplings of a chaotic network in both directions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from torch import Tensor

from ebmflow.core.chaotic import ChaoticNetwork
from ebmflow.errors import DataError
from ebmflow.io.model_file import age_path, load_model
from ebmflow.io.table_file import write_table
from ebmflow.stages.sample import available_ages

MOST_UNITS = 60


def describe_couplings(*, ages: Path, couplings: Path, spec: dict | None = None) -> None:
    """Write the couplings between the units of each link that training changed most.

    Parameters
    ----------
    ages : Path
        Folder of ``age-<update>.safetensors`` files of chaotic networks.
    couplings : Path
        Written, kind ``couplings``: link (its two populations), first and second (units), forward
        (fixed coupling of the first from the second), backward (of the second from the first),
        trained (the same both ways). Metadata: age, and by link ``before`` and ``after``: the
        correlation, over all pairs of units, of the couplings of the two directions without and
        with the trained part (1: symmetric).
    """
    age = max(available_ages(ages))
    model, _ = load_model(age_path(ages, age))
    if not isinstance(model, ChaoticNetwork):
        raise DataError(ages, "couplings that are the same both ways", "a chaotic network")
    parts, facts = [], {}
    for name, (first, second) in model.links.items():
        forward = _matrix(model.couplings[first, second])
        backward = _matrix(model.couplings[second, first]).T
        trained = _matrix(model.weights[first, second])
        parts.append(_largest(f"{first}, {second}", forward, backward, trained))
        pairs = ~np.eye(len(forward), dtype=bool) if first == second else np.ones(1, dtype=bool)
        pairs = np.broadcast_to(pairs, forward.shape)
        facts[f"{first}, {second}"] = {
            "name": name,
            "before": _correlation(forward[pairs], backward[pairs]),
            "after": _correlation((forward + trained)[pairs], (backward + trained)[pairs]),
        }
    table = pd.concat(parts, ignore_index=True)
    write_table(couplings, table, kind="couplings", metadata={"age": age, "links": facts})


def _matrix(values: Tensor) -> np.ndarray:
    return values.double().numpy()


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Pearson correlation; None where one of them is constant."""
    if one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _largest(
    link: str, forward: np.ndarray, backward: np.ndarray, trained: np.ndarray
) -> pd.DataFrame:
    """Entries between the units with the largest trained couplings, in their own order."""
    rows, columns = (
        np.sort(np.argsort(-np.linalg.norm(trained, axis=axis), kind="stable")[:MOST_UNITS])
        for axis in (1, 0)
    )
    chosen = np.ix_(rows, columns)
    return pd.DataFrame(
        {
            "link": link,
            "first": np.repeat(rows, len(columns)),
            "second": np.tile(columns, len(rows)),
            "forward": forward[chosen].ravel(),
            "backward": backward[chosen].ravel(),
            "trained": trained[chosen].ravel(),
        }
    )
