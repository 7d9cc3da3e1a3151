"""Alignments of protein families from Pfam.

Places tried: the mirror, InterPro's download service, Pfam's release files (read as a stream, one
family kept), and at last the member proteins in UniProt, aligned here to the family's profile.
Only match columns are kept, whichever it was.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from ebmflow.data.fetching.checks import open_bytes
from ebmflow.data.fetching.members import ProfileAlignment
from ebmflow.data.fetching.remote import Origin, RemoteFile
from ebmflow.data.fetching.streams import StockholmFamily
from ebmflow.data.fetching.uniprot import UNIPROT, UniProtSearch
from ebmflow.data.readers.fasta import A2mReader
from ebmflow.data.readers.stockholm import StockholmReader
from ebmflow.data.sources.base import FileOptions, Files, Records, Source
from ebmflow.registry import register

ALIGNMENT_STARTS = (b"# STOCKHOLM", b">")


@register("source", "pfam")
class Pfam(Source):
    """The alignment of one family, by accession."""

    accession: str = Field(pattern=r"^PF\d{5}$", description="Family accession, such as PF00013.")
    alignment: Literal["full", "uniprot", "seed"] = Field(
        "full",
        description="`full`: reference proteomes; `uniprot`: all of UniProtKB; `seed`: the curated "
        "rows the profile was built from.",
    )
    file: FileOptions | None = Field(
        None, description="Use this alignment instead of a download: Stockholm, A2M or FASTA."
    )
    release: str = Field(
        "current_release", description="Release of the fallback file, such as releases/Pfam36.0."
    )
    interpro: str = Field("https://www.ebi.ac.uk/interpro", description="Address of InterPro.")
    releases: str = Field(
        "https://ftp.ebi.ac.uk/pub/databases/Pfam", description="Address of Pfam's release files."
    )
    uniprot: str = Field(UNIPROT, description="Address of UniProt's service.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        if self.file is not None:
            return {"alignment": [self.file.remote(starts=ALIGNMENT_STARTS)]}
        query = f"?annotation=alignment:{self.alignment}&download"
        remote = RemoteFile(
            name=f"{self.accession}.alignment.{self.alignment}.gz",
            urls=tuple(f"{address}{query}" for address in self._entries()),
            starts=ALIGNMENT_STARTS,
            fallbacks=self._fallbacks(),
        )
        return {"alignment": [remote]}

    def _entries(self) -> tuple[str, str]:
        entry = f"entry/pfam/{self.accession}/"
        return f"{self.interpro}/wwwapi/{entry}", f"{self.interpro}/api/{entry}"

    def _fallbacks(self) -> tuple[Origin, ...]:
        url = f"{self.releases}/{self.release}/Pfam-A.{self.alignment}.gz"
        release = StockholmFamily(url, self.accession)
        if self.alignment == "seed":
            return (release,)  # nobody but Pfam can say what the seed is
        search = UniProtSearch(f"xref:pfam-{self.accession}", sequences=True, service=self.uniprot)
        members = RemoteFile(f"{self.accession}.members.jsonl.gz", fallbacks=(search,))
        profile = RemoteFile(
            f"{self.accession}.hmm.gz",
            urls=tuple(f"{address}?annotation=hmm" for address in self._entries()),
            starts=(b"HMMER3",),
        )
        return (release, ProfileAlignment(self.accession, members, profile))

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        path = files["alignment"][0]
        try:
            with open_bytes(path) as stream:
                first = stream.read(1)
        except (OSError, EOFError, zlib.error):
            first = b""  # the reader will say what is wrong with the file
        return (StockholmReader() if first == b"#" else A2mReader()).read(path)
