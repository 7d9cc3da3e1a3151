"""Labels by kingdom, through the lineages of UniProt entries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.uniprot import UNIPROT, UniProtSearch
from ebmflow.data.labellers.base import Labeller, Labelling
from ebmflow.data.labellers.taxonomy import annotation, label_by_key
from ebmflow.data.taxonomy import read_lineages
from ebmflow.registry import register


@register("labeller", "lineage")
class Lineage(Labeller):
    """Kingdom in the lineage of the UniProt entry with the row's accession or name."""

    query: str = Field(
        description="UniProt query that finds the entries of all rows, such as xref:pfam-PF00013."
    )
    column: str = Field(
        "", description="Annotation column with accessions; empty: the row's name up to `/`."
    )
    service: str = Field(UNIPROT, description="Address of the service.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        # The query is part of the name, because two datasets may ask differently.
        name = f"uniprot-{hashlib.sha256(self.query.encode()).hexdigest()[:12]}.jsonl.gz"
        search = UniProtSearch(self.query, sequences=False, service=self.service)
        return {"lineages": [RemoteFile(name, fallbacks=(search,))]}

    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        known = read_lineages(files["lineages"][0])
        if self.column:
            keys = [key.partition(".")[0] for key in annotation(annotations, self.column)]
        else:
            keys = [str(name).partition("/")[0] for name in names]
        return label_by_key(keys, known, "no entry found by the query")
