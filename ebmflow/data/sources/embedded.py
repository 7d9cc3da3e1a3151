"""Rows of a table that comes with the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field

from ebmflow.data.embedded import embedded_file
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.readers.table import ParquetReader
from ebmflow.data.sources.base import Files, Records, Source
from ebmflow.registry import register

ROLE = "table"


@register("source", "embedded")
class Embedded(Source):
    """A file under resources/embedded; the README there says where it is from."""

    file: str = Field(description="Name of the file, such as aisnp.parquet.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {ROLE: [RemoteFile(self.file, path=embedded_file(self.file))]}

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        return ParquetReader().read(files[ROLE][0])
