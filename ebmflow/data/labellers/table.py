"""Labels from a file: one line a row, a person or a species, any column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from ebmflow.data.counts import Counts
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.labellers.base import Labeller, Labelling
from ebmflow.data.readers.table import SEPARATOR, read_text_table
from ebmflow.data.sources.base import FileOptions
from ebmflow.errors import LabelError, closest_name
from ebmflow.registry import register

REGION = re.compile(r"/\d+-\d+$")


@register("labeller", "table")
class TableLabeller(Labeller):
    """A CSV or TSV file with a header; its lines are matched to rows by one or more columns."""

    file: FileOptions = Field(description="File with the labels.")
    column: str = Field(description="Column with the labels.")
    key: tuple[str, ...] = Field(("name",), description="Column(s) of the file to match by.")
    by: tuple[str, ...] = Field(
        ("name",), description="What they are matched to: `name`, or annotations of the rows."
    )
    unknown_keys: Literal["error", "ignore"] = Field(
        "error", description="Lines of the file that match no row: stop, or ignore and count."
    )
    rows_without: Literal["error", "unlabelled"] = Field(
        "error", description="Rows that match no line of the file: stop, or leave unlabelled."
    )
    separator: str | None = Field(None, description=SEPARATOR)

    @field_validator("key", "by", mode="before", json_schema_input_type=str | tuple[str, ...])
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {"labels": [self.file.remote()]}

    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        path = files["labels"][0]
        table = read_text_table(path, "a table of labels", separator=self.separator)
        known = self._labels_by_key(table, path)
        keys = self._keys_of_rows(_without_regions(names, known), annotations)
        self._check_rows(keys, known, names, path)
        counts = Counts()
        unused = known.keys() - set(keys)
        if unused and self.unknown_keys == "error":
            example = min(unused)
            near = closest_name("/".join(example), ["/".join(key) for key in set(keys)])
            raise LabelError(
                path, f"{len(unused)} lines match no row, such as {'/'.join(example)!r}",
                f"{', '.join(self.by)} of the rows" + (f", such as {near!r}" if near else ""),
                "correct labels.key or labels.by, or set labels.unknown_keys to ignore",
            )  # fmt: skip
        counts.add("labels", "lines that match no row", rows=len(unused), note=Path(path).name)
        labels = np.empty(len(keys), dtype=object)
        labels[:] = [known.get(key) or None for key in keys]
        return Labelling(labels, counts=counts)

    def _labels_by_key(self, table: pd.DataFrame, path: Path) -> dict[tuple[str, ...], str]:
        for column in (*self.key, self.column):
            if column not in table.columns:
                near = closest_name(column, table.columns)
                action = "set labels.column, and labels.key to the column that holds the names"
                raise LabelError(
                    path, f"no column {column!r}", f"one of: {', '.join(table.columns)}",
                    f"Did you mean {near!r}?" if near else action,
                )  # fmt: skip
        keys = list(zip(*(table[column] for column in self.key), strict=True))
        repeated = pd.DataFrame({"key": keys, "label": table[self.column]}).drop_duplicates()
        twice = repeated["key"].duplicated()
        if twice.any():
            line = int(repeated.index[twice.to_numpy().argmax()])
            both = repeated["label"][repeated["key"] == keys[line]].tolist()
            raise LabelError(
                f"{path}, line {line + 2}", f"a second label for {'/'.join(keys[line])!r}", "one",
                f"it has {' and '.join(map(repr, both))}: remove the lines with the wrong one",
            )  # fmt: skip
        return dict(zip(keys, table[self.column], strict=True))

    def _keys_of_rows(self, names: np.ndarray, annotations: pd.DataFrame) -> list[tuple[str, ...]]:
        if len(self.by) != len(self.key):
            raise LabelError(
                "dataset, labels.by",
                f"{len(self.by)} columns",
                f"{len(self.key)}, as in labels.key",
            )
        columns = []
        for column in self.by:
            if column != "name" and column not in annotations:
                raise LabelError(
                    "dataset, labels.by", f"the rows have no annotation {column!r}",
                    f"one of: {', '.join(('name', *map(str, annotations.columns)))}",
                )  # fmt: skip
            columns.append(names if column == "name" else annotations[column])
        return list(zip(*columns, strict=True))

    def _check_rows(self, keys: list, known: Mapping, names: np.ndarray, path: Path) -> None:
        absent = [row for row, key in enumerate(keys) if key not in known]
        if absent and self.rows_without == "error":
            row = absent[0]
            raise LabelError(
                path,
                f"no line for {'/'.join(map(str, keys[row]))!r} "
                f"({len(absent)} of {len(keys)} rows, first: {names[row]})",
                f"every row in column {', '.join(self.key)!r}",
                "complete the file, or set labels.rows_without to unlabelled",
            )


def _without_regions(names: np.ndarray, known: Collection[tuple[str, ...]]) -> np.ndarray:
    """Names that stand in no key as ``P12345/7-80``, as Pfam writes them, become ``P12345``."""
    parts = {part for key in known for part in key}
    return np.array([one if one in parts else REGION.sub("", one) for one in names], dtype=object)
