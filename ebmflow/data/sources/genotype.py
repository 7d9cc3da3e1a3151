"""Phased genotypes: two rows a person, 0 or 1 at each site."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field, field_validator

from ebmflow.data.readers.genotypes import GenotypeReader, join_files
from ebmflow.data.records import Records
from ebmflow.data.sources.base import FileOptions, Files, RemoteFile, Source
from ebmflow.options import Component
from ebmflow.registry import register

AnyReader = Component["reader"]


@register("source", "genotype")
class GenotypeSource(Source):
    """Haplotypes from hapt or VCF files; labels come from a panel by the labeller `table`.

    Several files hold either other people at the same sites, or other sites of the same people.
    Annotations: sample (person), haplotype, file; the person is the group for splits.
    """

    genotypes: tuple[FileOptions, ...] = Field(min_length=1, description="File or list of files.")
    reader: AnyReader = Field(description="Format: hapt or vcf.")

    @field_validator(
        "genotypes",
        mode="before",
        json_schema_input_type=FileOptions | tuple[FileOptions, ...],
    )
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return value if isinstance(value, (list, tuple)) else (value,)

    @field_validator("reader")
    @classmethod
    def _of_genotypes(cls, reader: object) -> object:
        if not isinstance(reader, GenotypeReader):
            raise ValueError("the reader must be hapt or vcf")
        return reader

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {"genotypes": [file.remote() for file in self.genotypes]}

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        return join_files([self.reader.haplotypes(path) for path in files["genotypes"]])
