"""Labels by kingdom, through UniProt's list of species codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.labellers.base import Labeller, Labelling
from ebmflow.data.sources.base import FileOptions
from ebmflow.data.taxonomy import read_species, species_code
from ebmflow.errors import LabelError
from ebmflow.registry import register

SPECIES_LIST = FileOptions(
    name="speclist.txt",
    urls=(
        "https://ftp.uniprot.org/pub/databases/uniprot/current_release/knowledgebase/complete/docs/"
        "speclist.txt",
        "https://www.uniprot.org/docs/speclist.txt",
    ),
    size_limit=1 << 26,
)


@register("labeller", "taxonomy")
class Taxonomy(Labeller):
    """Kingdom of the species: Archaea, Bacteria, Eukaryota, Viruses or Other."""

    by: Literal["mnemonic", "taxon"] = Field(
        "mnemonic",
        description="`mnemonic`: the species code behind the last `_` of a UniProt name; `taxon`: "
        "the NCBI taxon number in the column `column`.",
    )
    column: str = Field("taxon", description="Annotation column with taxon numbers.")
    species: FileOptions = Field(SPECIES_LIST, description="UniProt's list of species codes.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {"species": [self.species.remote()]}

    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        path = files["species"][0]
        species = read_species(path)
        if self.by == "taxon":
            known = {str(entry.taxon): entry.kingdom for entry in species.values()}
            keys = annotation(annotations, self.column)
        else:
            known = {code: entry.kingdom for code, entry in species.items()}
            keys = [species_code(str(name)) for name in names]
        return label_by_key(keys, known, f"{self.by} not in {Path(path).name}")


def annotation(annotations: pd.DataFrame, column: str) -> list[str]:
    """Return an annotation column as text, missing values as empty strings."""
    if column not in annotations:
        present = ", ".join(annotations.columns) or "none"
        raise LabelError(
            "dataset, labels.column", f"the rows have no annotation {column!r}", f"one of {present}"
        )
    return annotations[column].fillna("").astype(str).tolist()


def label_by_key(keys: list[str], known: Mapping[str, str | None], unknown: str) -> Labelling:
    """Return the label of every key, and count the rows that are without one, by reason."""
    labels = np.empty(len(keys), dtype=object)
    labels[:] = [known.get(key) for key in keys]
    counts = Counts()
    absent = sum(key not in known for key in keys)
    rootless = sum(label is None for label in labels) - absent
    for rows, reason in ((absent, unknown), (rootless, "no kingdom in the taxonomy")):
        if rows:
            counts.add("labels", "without kingdom", rows=rows, note=reason)
    return Labelling(labels, counts=counts)
