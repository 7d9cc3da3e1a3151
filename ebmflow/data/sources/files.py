"""Bring your own: rows from files in any known format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field, field_validator

from ebmflow.data.records import Records, stack_records
from ebmflow.data.sources.base import FileOptions, Files, RemoteFile, Source
from ebmflow.options import Component
from ebmflow.registry import register

AnyReader = Component["reader"]


@register("source", "files")
class FilesSource(Source):
    """Sequences, aligned or not, from one or more files of one format."""

    sequences: tuple[FileOptions, ...] = Field(
        min_length=1, description="File, or list of files whose rows are joined."
    )
    reader: AnyReader = Field(
        description="Format: fasta, a2m, a3m, stockholm, table, parquet, vcf or hapt."
    )

    @field_validator(
        "sequences",
        mode="before",
        json_schema_input_type=FileOptions | tuple[FileOptions, ...],
    )
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return value if isinstance(value, (list, tuple)) else (value,)

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {"sequences": [file.remote() for file in self.sequences]}

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        return stack_records([self.reader.read(path) for path in files["sequences"]])
