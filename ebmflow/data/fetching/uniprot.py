"""UniProtKB entries by query, page after page."""

from __future__ import annotations

import gzip
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from ebmflow.data.fetching.batches import Pieces
from ebmflow.data.fetching.http import Page
from ebmflow.data.fetching.transport import Failure, shown

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

log = logging.getLogger(__name__)

UNIPROT = "https://rest.uniprot.org"
PAGE_SIZE = 500  # the largest the service allows


@dataclass(frozen=True)
class UniProtSearch:
    """All entries that match a query, as gzip-compressed JSON lines.

    A line is ``{"accession", "name", "taxon", "lineage": [...], "sequence"}``; the sequence only if
    it was asked for.

    Attributes
    ----------
    query : str
        For example ``xref:pfam-PF00013``.
    sequences : bool
        Whether sequences are wanted.
    service : str
        Address of the service.
    """

    query: str
    sequences: bool = False
    service: str = UNIPROT

    @property
    def address(self) -> str:
        return f"{shown(self.service)}/uniprotkb/search?{urlencode({'query': self.query})}"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Walk through all pages; pages of an interrupted run are not asked for again."""
        pieces = Pieces(part)
        try:
            self._assemble(part, fetcher, pieces, limit)
        except _Outdated as reason:
            log.info("%s: %s; starting again", self.address, reason)
            pieces.clear()
            self._assemble(part, fetcher, pieces, limit)
        pieces.clear()

    def _assemble(self, part: Path, fetcher: Fetcher, pieces: Pieces, limit: int) -> None:
        fields = "accession,id,organism_id,lineage" + (",sequence" if self.sequences else "")
        question = {"query": f"({self.query})", "fields": fields, "format": "json"}
        url = f"{self.service}/uniprotkb/search?" + urlencode({**question, "size": PAGE_SIZE})
        entries = written = 0
        first: dict | None = None
        seen: set[str] = set()
        with gzip.GzipFile(part, "wb", mtime=0) as out:
            while url:
                if url in seen:
                    raise Failure("the pages lead in a circle")
                seen.add(url)
                page = pieces.get(url) or self._ask(url, fetcher, pieces, first)
                first = first or page
                for entry in page["entries"]:
                    line = (json.dumps(entry) + "\n").encode()
                    written += len(line)
                    out.write(line)
                if written > limit:
                    raise Failure(f"is longer than the limit of {limit} bytes")
                entries += len(page["entries"])
                log.info("%s: %d of %s entries", self.query, entries, page["total"] or "?")
                url = page["next"]
        _check_number(entries, first["total"])

    def _ask(self, url: str, fetcher: Fetcher, pieces: Pieces, first: dict | None) -> dict:
        try:
            reply = fetcher.client.read(url)
        except Failure as failure:
            if first is not None and "status 400" in str(failure):
                raise _Outdated("the service no longer knows the next page") from failure
            raise
        page = _parse(reply, url, self.sequences)
        if first is not None and page["release"] != first["release"]:
            raise _Outdated(f"release {page['release']} followed {first['release']}")
        pieces.keep(url, page)
        return page


class _Outdated(Failure):
    """The pages do not belong together; cured by starting again once."""


def _check_number(entries: int, total: int | None) -> None:
    if total == 0 or entries == 0:
        raise Failure("no entry matches the query")
    if total is not None and entries != total:
        raise _Outdated(f"{entries} of {total} entries arrived")


def _parse(reply: Page, url: str, sequences: bool) -> dict:
    try:
        content = json.loads(reply.body)
        entries = [_entry(item, sequences) for item in content["results"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"an answer is not what UniProt sends ({type(error).__name__})") from error
    total = reply.headers.get("X-Total-Results", "")
    following = reply.links.get("next")
    return {
        "entries": entries,
        "next": urljoin(url, following) if following else None,
        "total": int(total) if total.isdigit() else None,
        "release": reply.headers.get("X-UniProt-Release", ""),
    }


def _entry(item: dict, sequences: bool) -> dict:
    organism = item.get("organism", {})
    entry = {
        "accession": item["primaryAccession"],
        "name": item["uniProtkbId"],
        "taxon": organism.get("taxonId"),
        "lineage": organism.get("lineage", []),
    }
    return {**entry, "sequence": item["sequence"]["value"]} if sequences else entry
