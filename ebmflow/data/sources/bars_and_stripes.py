"""Bars, and Bars-and-Stripes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ebmflow.data.counts import Counts
from ebmflow.data.generators.bars_and_stripes import bars, stripes
from ebmflow.data.sources.base import Files, Records, Source
from ebmflow.registry import register


@register("source", "bars_and_stripes")
class BarsAndStripes(Source):
    """All pictures of bars, or of bars and stripes, without those of a single colour.

    Annotations: ``class`` (bars or stripes), ``pattern`` (colours of the lines, such as 1011), and
    ``source_split`` if `test_patterns` is given.
    """

    side: int = Field(ge=2, le=16, description="Lines, and pixels in a line.")
    stripes: bool = Field(
        True, description="Whether there are stripes (rows) beside bars (columns)."
    )
    test_patterns: tuple[str, ...] = Field(
        (), description="Patterns that are test rows for `split: given`; their negatives are too."
    )

    @model_validator(mode="after")
    def _patterns_exist(self) -> BarsAndStripes:
        for pattern in self.test_patterns:
            if len(pattern) != self.side or set(pattern) != {"0", "1"}:
                raise ValueError(
                    f"test_patterns: {pattern!r} is no pattern of {self.side} lines in both colours"
                )
        return self

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        sets = {"bars": bars(self.side)}
        if self.stripes:
            sets["stripes"] = stripes(self.side)
        kinds = np.repeat(list(sets), [len(pictures) for pictures, _ in sets.values()])
        patterns = ["".join(map(str, row)) for _, rows in sets.values() for row in rows]
        notes = pd.DataFrame({"class": kinds, "pattern": patterns})
        if self.test_patterns:
            held_out = set(self.test_patterns) | {negative(one) for one in self.test_patterns}
            notes["source_split"] = np.where(notes["pattern"].isin(held_out), "test", "train")
        counts = Counts()
        counts.step("read", len(notes), {}, sites_out=self.side**2, note="all pictures")
        return Records(
            names=(notes["class"] + "_" + notes["pattern"]).to_numpy(),
            codes=np.concatenate([pictures for pictures, _ in sets.values()]),
            annotations=notes,
            counts=counts,
            origin=f"bars_and_stripes, side {self.side}",
        )


def negative(pattern: str) -> str:
    """Return a pattern with its colours exchanged."""
    return pattern.translate(str.maketrans("01", "10"))
