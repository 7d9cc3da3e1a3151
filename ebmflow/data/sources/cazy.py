"""Families of carbohydrate-active enzymes with their subfamilies, from CAZy.

Places tried: the mirror; CAZy's table with the sequences from NCBI; the sequence file of dbCAN,
read as a stream. All give headers ``ACC|GH30_8|...``: a bare family name is a protein without
subfamily, other modules (CBM ...) are ignored.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.fetching.cazy import FamilyHeaders
from ebmflow.data.fetching.ncbi import EUTILS, NcbiProteins
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.streams import FastaFamily
from ebmflow.data.letters import Letters
from ebmflow.data.profiles import find_domains, read_profile
from ebmflow.data.readers.base import read_bytes
from ebmflow.data.readers.fasta import parse_fasta
from ebmflow.data.sources.base import FileOptions, Files, Records, Source
from ebmflow.errors import DataError
from ebmflow.registry import register

if TYPE_CHECKING:
    from pyhmmer.plan7 import HMM

TABLE = FileOptions(
    name="cazy_data.zip",
    urls=("https://www.cazy.org/IMG/cazy_data/cazy_data.zip",),
    member="cazy_data.txt",
)
# They move: a moved address answers with a web page, which is recognised.
RELEASES = (
    "https://bcb.unl.edu/dbCAN2/download/Databases/V13/CAZyDB.07142024.fa",
    "https://bcb.unl.edu/dbCAN2/download/Databases/V12/CAZyDB.07262023.fa",
    "https://pro.unl.edu/dbCAN2/download/Databases/V12/CAZyDB.07262023.fa",
)


@register("source", "cazy")
class Cazy(Source):
    """Proteins of one family, labelled by subfamily where they have one."""

    family: str = Field(
        pattern=r"^(GH|GT|PL|CE|AA|CBM)\d+$", description="Family name, such as GH30."
    )
    file: FileOptions | None = Field(
        None, description="Use this FASTA file with headers `ACC|GH30_8|...` instead of a download."
    )
    email: str = Field(
        "",
        description="Contact that NCBI asks for; default: environment variable NCBI_EMAIL. "
        "A key for faster access is taken from NCBI_API_KEY only, to keep it out of all files.",
    )
    shortest: int = Field(1, ge=1, description="Drop shorter sequences; residues.")
    longest: int | None = Field(None, ge=1, description="Drop longer sequences; residues.")
    domain: FileOptions | None = Field(
        None,
        description="HMMER3 profile of the family's domain: only the best hit in each protein is "
        "kept, before the length limits apply. Without it whole proteins are used.",
    )
    without_subfamily: Literal["keep", "drop"] = Field(
        "keep", description="What happens to proteins of the family without subfamily."
    )
    minimum_size: int = Field(
        1, ge=1, description="Drop subfamilies with fewer rows, before anything is aligned."
    )
    table: FileOptions = Field(TABLE, description="CAZy's table of families and accessions.")
    eutils: str = Field(EUTILS, description="Address of NCBI's E-utilities.")
    releases: tuple[str, ...] = Field(RELEASES, description="Addresses of dbCAN's sequence files.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        roles = {"sequences": [self._sequences()]}
        if self.domain is not None:
            roles["domain"] = [self.domain.remote(starts=(b"HMMER3",))]
        return roles

    def _sequences(self) -> RemoteFile:
        if self.file is not None:
            return self.file.remote(starts=(b">",))
        headers = FamilyHeaders(self.table.remote(), self.family)
        streams = (FastaFamily(url, self.family) for url in self.releases)
        return RemoteFile(
            name=f"{self.family}.faa.gz",
            starts=(b">",),
            fallbacks=(NcbiProteins(headers, self.email, self.eutils), *streams),
        )

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        path = files["sequences"][0]
        headers, rows = parse_fasta(read_bytes(path, "a FASTA file"), path)
        found = [subfamilies(header, self.family) for header in headers]
        names = np.array([header.partition("|")[0].strip() for header in headers], dtype=object)
        reasons = np.full(len(names), None, dtype=object)
        reasons[pd.Series(names).duplicated().to_numpy()] = "accession repeated"
        reasons[[len(one) > 1 for one in found]] = "two subfamilies"
        if self.domain is not None:
            rows = _cut_domains(list(rows), read_profile(files["domain"][0]), reasons)
        self._apply_lengths(rows.lengths, reasons)
        labels = pd.Series([one[0] if one else None for one in found], dtype=object)
        self._apply_sizes(labels, reasons)
        dropped = pd.Series(reasons).value_counts(sort=False).to_dict()
        counts = Counts()
        counts.step("read", len(names), dropped, note=self._stretch())
        if sum(dropped.values()) == len(names):
            raise DataError(
                path, f"no row is left of {len(names)}: {dropped}", "", "widen the limits"
            )
        annotations = pd.DataFrame({"header": headers, "subfamily": labels}, dtype=object)
        records = Records(names, rows, annotations=annotations, counts=counts, origin=str(path))
        return records.take(pd.isna(reasons))

    def _apply_lengths(self, lengths: np.ndarray, reasons: np.ndarray) -> None:
        open_rows = pd.isna(reasons)
        reasons[open_rows & (lengths < self.shortest)] = f"shorter than {self.shortest} residues"
        if self.longest is not None:
            reasons[open_rows & (lengths > self.longest)] = f"longer than {self.longest} residues"

    def _apply_sizes(self, labels: pd.Series, reasons: np.ndarray) -> None:
        if self.without_subfamily == "drop":
            reasons[pd.isna(reasons) & labels.isna()] = "no subfamily"
        sizes = labels[pd.isna(reasons)].value_counts()
        small = labels.isin(sizes.index[sizes < self.minimum_size]).to_numpy()
        reasons[pd.isna(reasons) & small] = f"subfamily below {self.minimum_size} rows"

    def _stretch(self) -> str:
        return "best domain of each protein" if self.domain is not None else "whole proteins"


def _cut_domains(rows: list[str], profile: HMM, reasons: np.ndarray) -> Letters:
    """Return the best domain of each row; rows without one get a reason to be dropped."""
    domains = find_domains(profile, rows, threads=1, exclusive=True)
    cut = {domain.index: rows[domain.index][domain.start : domain.end] for domain in domains}
    for row in range(len(rows)):
        if row not in cut and reasons[row] is None:
            reasons[row] = "no domain of the profile"
    return Letters.of([cut.get(row, "") for row in range(len(rows))])


def subfamilies(header: str, family: str) -> list[str]:
    """Return the distinct subfamilies of a family named in a header.

    Examples
    --------
    >>> subfamilies("AKN19928.1|CBM17|GH5_2|3.2.1.4", "GH5")
    ['GH5_2']
    >>> subfamilies("AKN19928.1|GH5", "GH5")
    []
    """
    pattern = re.compile(rf"{family}_\d+")
    return sorted({part for part in header.split("|")[1:] if pattern.fullmatch(part.strip())})
