"""What erasing or disentangling a label costs in log-likelihood (Eqs 11 and 12).

    partial erasure    L_unconstrained - L_constrained
    disentanglement    L_unconstrained - L_released

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023. Each L is only enclosed, since ln Z is: a
cost lies between `lower` and `upper`, up to the errors. Rows are compared one by one, so that what
they have in common does not enter the errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ebmflow.errors import DataError
from ebmflow.evaluation.metrics.base import Score

DIRECTIONS = ("forward", "reverse", "exact")
# End of the names of columns and scores of a released machine whose states have the shares that fit
# the training rows best (sampling/held_states.py).
FITTED = "_shares_fitted"
# Bounds that cross by more standard errors than this contradict each other.
LARGEST_CROSSING = 4.0
# Bounds further apart than this, in nats per site, enclose little: a tenth of the smallest cost of
# Table I.
WIDEST_GAP = 0.0005


class RowLikelihoods(NamedTuple):
    """A machine's view of the rows of a dataset.

    Attributes
    ----------
    log_unnormalised : ndarray of float64, shape (n,)
        ln of the unnormalised probability of each row, in nats.
    weights : ndarray of float64, shape (n,)
    log_partition : dict
        ``forward`` (from below), ``reverse`` (from above) and ``exact`` -> (ln Z, standard error);
        ``exact`` is missing for large machines.
    sites : int
    """

    log_unnormalised: np.ndarray
    weights: np.ndarray
    log_partition: dict[str, tuple[float, float]]
    sites: int

    def part(self, chosen: np.ndarray) -> RowLikelihoods:
        """Some of the rows."""
        return self._replace(
            log_unnormalised=self.log_unnormalised[chosen], weights=self.weights[chosen]
        )


def bounds_note(log_partition: Mapping[str, tuple[float, float]], sites: int) -> str:
    """What a reader must be told of two bounds of ln Z; nothing if they enclose it tightly.

    Parameters
    ----------
    log_partition : mapping
        ``forward`` and ``reverse`` -> (ln Z, standard error).
    """
    (low, low_error), (high, high_error) = log_partition["forward"], log_partition["reverse"]
    gap, error = high - low, float(np.hypot(low_error, high_error))
    if gap < -LARGEST_CROSSING * error:
        return (
            f"unusable: the bounds of ln Z cross by {-gap:.3g} nats; the samples of the reverse "
            "runs are not at equilibrium (raise likelihood.rounds or rungs)"
        )
    if gap > max(LARGEST_CROSSING * error, WIDEST_GAP * sites):
        return (
            f"loose: the bounds of ln Z are {gap:.3g} nats apart "
            "(raise likelihood.temperatures or chains)"
        )
    return ""


def row_likelihoods(
    columns: Mapping[str, np.ndarray], facts: Mapping[str, Any], version: str = ""
) -> RowLikelihoods:
    """Columns and metadata of a table of kind ``row_likelihoods``.

    Parameters
    ----------
    version : str
        Empty for the machine as it was trained, or FITTED if the table has that.
    """
    values, found = columns["log_unnormalised" + version], facts["log_partition" + version]
    return RowLikelihoods(values, columns["weight"], found, facts["sites"])


def versions(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Versions of a machine that a table of kind ``row_likelihoods`` has."""
    return ["", FITTED] if "log_unnormalised" + FITTED in columns else [""]


def log_likelihoods(rows: RowLikelihoods, version: str = "") -> Iterator[Score]:
    """Mean log-likelihood of rows, per configuration and per site, in nats.

    `forward` bounds it from above, `reverse` from below, up to the standard error, which joins that
    of ln Z and that of the mean over rows.

    Parameters
    ----------
    version : str
        End of the names of the statistics.
    """
    mean, row_error = weighted_mean(rows.log_unnormalised, rows.weights)
    note = bounds_note(rows.log_partition, rows.sites)
    for direction in DIRECTIONS:
        if direction in rows.log_partition:
            log_z, error = rows.log_partition[direction]
            name, total = f"log_likelihood{version}", np.hypot(row_error, error)
            yield from _with_sites(name, direction, mean - log_z, total, rows, note)


def cost(name: str, unconstrained: RowLikelihoods, other: RowLikelihoods) -> Iterator[Score]:
    """Loss of log-likelihood of another machine on the same rows, in nats.

    Yields `lower` and `upper` bounds, `exact` where both machines are enumerable, each per
    configuration, per site, and as a fraction of the size of the unconstrained log-likelihood
    (DR-A12); the fraction's error is that of the cost alone.

    Parameters
    ----------
    name : str
        Start of the names of the statistics.
    """
    if len(unconstrained.weights) != len(other.weights):
        raise DataError(
            name,
            f"{len(unconstrained.weights)} and {len(other.weights)} rows",
            "the same rows for both machines",
            "estimate both likelihoods on one dataset",
        )
    mean, row_error = weighted_mean(
        unconstrained.log_unnormalised - other.log_unnormalised, unconstrained.weights
    )
    own = weighted_mean(unconstrained.log_unnormalised, unconstrained.weights)[0]
    notes = [bounds_note(rows.log_partition, rows.sites) for rows in (unconstrained, other)]
    note = "; ".join(dict.fromkeys(one for one in notes if one))
    for bound, ours, theirs in (
        ("lower", "reverse", "forward"),
        ("upper", "forward", "reverse"),
        ("exact", "exact", "exact"),
    ):
        if ours not in unconstrained.log_partition or theirs not in other.log_partition:
            continue
        log_z, error = unconstrained.log_partition[ours]
        other_log_z, other_error = other.log_partition[theirs]
        value = mean - log_z + other_log_z
        total = float(np.sqrt(row_error**2 + error**2 + other_error**2))
        yield from _with_sites(name, bound, value, total, unconstrained, note)
        size = abs(own - log_z)
        yield Score(f"{name}_fraction", bound, value / size, total / size, len(other.weights), note)


def _with_sites(
    name: str, convention: str, value: float, error: float, rows: RowLikelihoods, note: str
) -> Iterator[Score]:
    """The value per configuration and per site; exact values need no word about bounds."""
    n, said = len(rows.weights), "" if convention == "exact" else note
    yield Score(name, convention, float(value), float(error), n, said)
    per_site = float(value / rows.sites), float(error / rows.sites)
    yield Score(f"{name}_per_site", convention, *per_site, n, said)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and its standard error, in float64."""
    share = weights / weights.sum()
    mean = float(share @ values)
    return mean, float(np.sqrt(np.square(share) @ np.square(values - mean)))
