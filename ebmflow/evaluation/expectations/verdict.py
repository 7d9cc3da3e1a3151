"""Verdicts: by a rule stated beforehand, from a value and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ebmflow.evaluation.expectations.form import Rule

AGREES, DEVIATES = "agrees", "deviates"
UNDECIDED, NOT_RUN = "not decided", "not run"
NORMAL = 1.96  # half width of a 95 % interval in standard errors


class Obtained(NamedTuple):
    """A value over seeds.

    Attributes
    ----------
    value, low, high : float
        Mean and 95 % interval. `high` is infinite where a seed never got there.
    seeds : int
    interval : str
        ``seeds`` (Student's, of the mean), ``rows`` (one seed; its standard error) or ``none``.
    """

    value: float
    low: float
    high: float
    seeds: int
    interval: str


class SeedValue(NamedTuple):
    """Value of a seed, its standard error (nan: unknown), whether it is only a lower bound."""

    value: float
    error: float = math.nan
    at_least: bool = False


def over_seeds(values: Sequence[SeedValue], ratio: bool = False) -> Obtained:
    """Mean and 95 % interval over seeds; of one seed, its own error where it has one.

    Parameters
    ----------
    ratio : bool
        The values are ratios: mean and interval are taken of their logarithms, where all are
        positive, so that a ratio and its inverse say the same.
    """
    from scipy.stats import t as student

    numbers = np.array([one.value for one in values], dtype=float)
    errors = np.array([one.error for one in values], dtype=float)
    in_logs = ratio and bool((numbers > 0).all())
    if in_logs:
        numbers, errors = np.log(numbers), errors / numbers
    mean, n = float(numbers.mean()), len(values)
    half, interval = 0.0, "none"
    if n > 1:
        half = float(student.ppf(0.975, n - 1) * numbers.std(ddof=1) / math.sqrt(n))
        interval = "seeds"
    elif errors[0] > 0:  # a share of 0 or 1 has none of its own
        half, interval = NORMAL * float(errors[0]), "rows"
    high = math.inf if any(one.at_least for one in values) else mean + half
    found = (mean, mean - half, high)
    return Obtained(*(np.exp(found).tolist() if in_logs else found), n, interval)


def combined(first: SeedValue, second: SeedValue, how: str) -> SeedValue | None:
    """Difference or ratio of two values of the same seed; None where it does not exist.

    A bound carries over where it stays one: "at least a" minus or over b is at least that.
    """
    if second.at_least:
        return None
    if how == "difference":
        error = math.hypot(first.error, second.error)
        return SeedValue(first.value - second.value, error, first.at_least)
    if second.value == 0:
        return None
    ratio = first.value / second.value
    relative = math.hypot(
        first.error / first.value if first.value else math.nan, second.error / second.value
    )
    return SeedValue(ratio, abs(ratio) * relative, first.at_least)


def band(rule: Rule, paper: float | None) -> tuple[float, float]:
    """Smallest and largest value that agrees."""
    if paper is not None and rule.tolerance is not None:
        return paper - rule.tolerance, paper + rule.tolerance
    if paper is not None and rule.relative is not None:
        half = abs(paper) * rule.relative
        return paper - half, paper + half
    low = -math.inf if rule.least is None else rule.least
    return low, math.inf if rule.most is None else rule.most


def rule_text(rule: Rule) -> str:
    """The rule in words."""
    if rule.tolerance is not None:
        return f"within {rule.tolerance:g} of the paper's value"
    if rule.relative is not None:
        return f"within {100 * rule.relative:g} % of the paper's value"
    if rule.least is None:
        return f"at most {rule.most:g}"
    return f"at least {rule.least:g}" + ("" if rule.most is None else f", at most {rule.most:g}")


def judge(found: Obtained, low: float, high: float) -> tuple[str, str]:
    """Return verdict and reason: the whole interval inside the band, outside of it, or neither."""
    if found.low >= low and found.high <= high:
        return AGREES, ""
    if found.high < low or found.low > high:
        limit = low if found.high < low else high
        side = "below" if found.high < low else "above"
        return DEVIATES, f"{side} the limit of {limit:.4g}"
    if math.isinf(found.high) and math.isfinite(high):
        return UNDECIDED, "not reached within the run"
    return UNDECIDED, "the interval reaches over the limit"
