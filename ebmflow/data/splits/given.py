"""The split that came with the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.data.splits.base import Split, SplitInput
from ebmflow.errors import DataError
from ebmflow.registry import register


@register("split", "given")
class GivenSplit(Split):
    """Rows as the source divides them into ``train`` and ``test``."""

    def test_rows(self, rows: SplitInput) -> np.ndarray:
        sides = pd.Series(rows.given, dtype=object)
        wrong = ~sides.isin(["train", "test"])
        if wrong.any():
            first = int(wrong.argmax())
            raise DataError(
                f"dataset, row {first + 1}",
                f"the source says {sides[first]!r} ({int(wrong.sum())} of {len(rows)} rows)",
                "train or test", "use another kind of split",
            )  # fmt: skip
        return (sides == "test").to_numpy()
