"""Fewer rows of a large dataset, drawn within each label so that none is lost."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ebmflow.options import Options, Scaled
from ebmflow.randomness import numpy_stream


class KeepOptions(Options):
    """Which share of the rows is kept, drawn with a seed of its own, so that all runs share it."""

    share: Annotated[float, Scaled(least=0)] = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of the rows of each label (and given side) that is kept.",
    )
    at_least: int = Field(
        50,
        ge=1,
        description="Rows of each label (and given side) that stay, where there are so many.",
    )


def thinned(strata: np.ndarray, options: KeepOptions) -> np.ndarray:
    """Return which rows are kept.

    Parameters
    ----------
    strata : ndarray of int, shape (n,)
        Rows are drawn within each number.
    options : KeepOptions

    Returns
    -------
    ndarray of bool, shape (n,)
        All True if the share is 1.
    """
    kept = np.ones(len(strata), dtype=bool)
    if options.share == 1:
        return kept
    generator = numpy_stream(0, "assemble", "keep")
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        wanted = max(round(options.share * len(members)), min(len(members), options.at_least))
        kept[generator.permutation(members)[wanted:]] = False
    return kept
