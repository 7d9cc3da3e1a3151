"""Protein sequences from NCBI by accession, in batches.

E-utilities are asked directly rather than through Bio.Entrez, which has no time-outs: a stalled
connection would hold a job for ever.
"""

from __future__ import annotations

import gzip
import io
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from Bio.SeqIO.FastaIO import SimpleFastaParser

from ebmflow.data.fetching.batches import Pieces
from ebmflow.data.fetching.transport import Failure, shown

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

log = logging.getLogger(__name__)

EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
BATCH = 200  # accessions a request
KEY_VARIABLE, EMAIL_VARIABLE = "NCBI_API_KEY", "NCBI_EMAIL"


@dataclass(frozen=True)
class NcbiProteins:
    """Proteins by accession, written as FASTA with headers of the caller's choice.

    Attributes
    ----------
    headers : callable
        ``headers(fetcher) -> {accession: header without ">"}``; called when the file is assembled,
        because the list of accessions is itself fetched.
    email : str
        Contact that NCBI asks for; default is the environment variable NCBI_EMAIL.
    service : str
        Address of the service.
    """

    headers: Callable[[Fetcher], Mapping[str, str]]
    email: str = ""
    service: str = EUTILS
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)

    @property
    def address(self) -> str:
        return f"{shown(self.service)}/efetch.fcgi"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Ask for all accessions; batches of an interrupted run are not asked for again."""
        headers = dict(self.headers(fetcher))
        if not headers:
            raise Failure("there is no accession to ask for")
        pieces = Pieces(part)
        found = written = 0
        with gzip.GzipFile(part, "wb", mtime=0) as out:
            for accession, sequence in self._sequences(sorted(headers), fetcher, pieces):
                record = f">{headers[accession]}\n{sequence}\n".encode()
                written += len(record)
                if written > limit:
                    raise Failure(f"is longer than the limit of {limit} bytes")
                out.write(record)
                found += 1
        log.info("NCBI returned %d of %d accessions", found, len(headers))
        if not found:
            raise Failure(f"none of {len(headers)} accessions was returned")
        pieces.clear()

    def _sequences(
        self, accessions: list[str], fetcher: Fetcher, pieces: Pieces
    ) -> Iterator[tuple[str, str]]:
        # NCBI allows 3 requests a second, 10 with a key.
        interval = 0.11 if os.environ.get(KEY_VARIABLE) else 0.34
        last = -interval
        for start in range(0, len(accessions), BATCH):
            batch = accessions[start : start + BATCH]
            question = ",".join(batch)
            answer = pieces.get(question)
            if answer is None:
                fetcher.client.sleep(max(0.0, last + interval - self.clock()))
                last = self.clock()
                answer = self._ask(question, fetcher)
                pieces.keep(question, answer)
            log.info("NCBI: %d of %d accessions", start + len(batch), len(accessions))
            wanted = set(batch)
            for accession, sequence in answer.items():
                if accession in wanted:
                    yield accession, sequence

    def _ask(self, question: str, fetcher: Fetcher) -> dict[str, str]:
        form = {"db": "protein", "rettype": "fasta", "retmode": "text", "id": question}
        form |= {"tool": "ebmflow", "email": self.email or os.environ.get(EMAIL_VARIABLE, "")}
        if key := os.environ.get(KEY_VARIABLE):
            form["api_key"] = key
        try:
            body = fetcher.client.read(f"{self.service}/efetch.fcgi", form=form).body
        except Failure as failure:
            # 400: every accession of the batch has been withdrawn
            if "status 400" in str(failure):
                return {}
            raise
        text = body.decode("utf-8", "replace").strip()
        if text and not text.startswith(">"):
            raise Failure(f"an answer is no FASTA: {text[:60]!r}")
        return dict(_records(text, question.split(",")))


def _records(text: str, asked: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the accession as it was asked for, with or without version, and the sequence."""
    unversioned = {accession.partition(".")[0]: accession for accession in asked}
    for title, sequence in SimpleFastaParser(io.StringIO(text)):
        found = title.partition(" ")[0]
        found = found.split("|")[1] if "|" in found else found
        accession = found if found in asked else unversioned.get(found.partition(".")[0])
        if accession:
            yield accession, sequence
