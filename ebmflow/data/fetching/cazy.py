"""Which proteins CAZy puts into a family, from its public table."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebmflow.data.fetching.checks import open_bytes
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.transport import Failure
from ebmflow.errors import EbmflowError

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FamilyHeaders:
    """FASTA headers ``ACC|GH30_8`` of the proteins of a family, by accession.

    Attributes
    ----------
    table : RemoteFile
        CAZy's table: family, kingdom, organism, accession and database, tab separated, no header,
        one line per protein and family; the database may be missing.
    family : str
    """

    table: RemoteFile
    family: str

    def __call__(self, fetcher: Fetcher) -> dict[str, str]:
        try:
            path = Path(fetcher.fetch(self.table).path)
        except EbmflowError as error:
            raise Failure(f"{error.where} {error.found}") from error
        with open_bytes(path) as stream:
            families = families_by_accession(stream, self.family, path)
        log.info("CAZy lists %d proteins of family %s at NCBI", len(families), self.family)
        return {
            accession: "|".join([accession, *sorted(names, reverse=True)])
            for accession, names in families.items()
        }


def families_by_accession(
    lines: Iterable[bytes], family: str, path: object = "table"
) -> dict[str, set[str]]:
    """Return NCBI accession -> the names, family and subfamilies, that it is listed under."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, accession in _rows(lines, path):
        if name == family or name.startswith(f"{family}_"):
            found[accession].add(name)
    return dict(found)


def _rows(lines: Iterable[bytes], path: object) -> Iterator[tuple[str, str]]:
    for number, raw in enumerate(lines, 1):
        fields = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")
        if len(fields) < 4:
            if any(fields):
                raise Failure(f"{path}, line {number}: {len(fields)} columns instead of 4 or 5")
            continue
        database = fields[4].strip().lower() if len(fields) > 4 else ""
        if database in ("", "ncbi") and fields[3].strip():
            yield fields[0].strip(), fields[3].strip()
