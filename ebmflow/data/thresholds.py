"""Fractions as they are written: 0.2 means two tenths, not the nearest binary number."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor


def largest_count(fraction: float, total: int, *, strict: bool = False) -> int:
    """Return the largest integer k with k / total <= fraction (< if strict); may be -1.

    Examples
    --------
    >>> largest_count(0.2, 60), largest_count(0.2, 60, strict=True)
    (12, 11)
    """
    bound = Fraction(str(fraction)) * total
    return ceil(bound) - 1 if strict else floor(bound)


def largest_distance(identity: float, sites: int, *, strict: bool = False) -> int:
    """Return the largest number of mismatches d with 1 - d / sites >= identity (> if strict).

    Examples
    --------
    >>> largest_distance(0.8, 60), largest_distance(0.8, 60, strict=True)
    (12, 11)
    """
    bound = (1 - Fraction(str(identity))) * sites
    return ceil(bound) - 1 if strict else floor(bound)
