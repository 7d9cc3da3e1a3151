"""Labels in names or headers, found by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ebmflow.data.counts import Counts
from ebmflow.data.labellers.base import Labeller, Labelling
from ebmflow.errors import LabelError
from ebmflow.registry import register


@register("labeller", "regex")
class RegexLabeller(Labeller):
    """What a regular expression finds in the header of a row.

    The label is the group in parentheses, or the whole match if the expression has none.
    """

    pattern: str = Field(description="Python regular expression, searched anywhere in the text.")
    column: str = Field(
        "header", description="Annotation to search; rows without it are searched by name."
    )
    several: Literal["drop", "first", "error"] = Field(
        "drop", description="What happens to rows in which different labels are found."
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from error
        if groups > 1:
            raise ValueError("at most one group in parentheses; use (?:...) for the others")
        return pattern

    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        texts = annotations.get(self.column, pd.Series(names))
        found = [
            list(dict.fromkeys(re.findall(self.pattern, text if isinstance(text, str) else name)))
            for text, name in zip(texts, names, strict=True)
        ]
        several = np.array([len(labels) > 1 for labels in found], dtype=bool)
        if self.several == "error" and several.any():
            row = int(several.argmax())
            raise LabelError(
                f"record {row + 1} ({names[row]})", f"labels {', '.join(found[row])}", "one",
                "set labels.several to drop or first, or narrow labels.pattern",
            )  # fmt: skip
        if not any(found):
            raise LabelError(
                "dataset, labels.pattern", f"{self.pattern!r} matches no row",
                f"something that is in rows such as {texts.iloc[0]!r}",
            )  # fmt: skip
        labels, dropped = (np.full(len(names), None, dtype=object) for _ in range(2))
        labels[:] = [one[0] if one else None for one in found]
        if self.several == "drop":
            dropped[several] = "several labels"
        counts = Counts()
        counts.add("labels", "rows with several labels", rows=int(several.sum()), note=self.several)
        return Labelling(labels, dropped, counts)
