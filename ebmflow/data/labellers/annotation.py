"""Labels that the source already knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.labellers.base import Labeller, Labelling
from ebmflow.errors import LabelError
from ebmflow.registry import register


@register("labeller", "annotation")
class AnnotationLabeller(Labeller):
    """A column that came with the rows: of a table, or set by the source."""

    column: str = Field("label", description="Name of the annotation.")

    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        if self.column not in annotations:
            raise LabelError(
                "dataset, labels.column", f"the rows have no annotation {self.column!r}",
                f"one of: {', '.join(map(str, annotations.columns)) or 'none'}",
                "correct the name, or use another labeller",
            )  # fmt: skip
        return Labelling(annotations[self.column].to_numpy(dtype=object))
