"""A family alignment made here: member sequences aligned to the family's profile."""

from __future__ import annotations

import gzip
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebmflow.data.fetching.checks import open_bytes
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.fetching.transport import Failure
from ebmflow.data.profiles import Domain, align_to_profile, find_domains, read_profile
from ebmflow.errors import EbmflowError

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProfileAlignment:
    """The domains of a profile in its member proteins, as a gzip-compressed Stockholm file.

    Attributes
    ----------
    accession : str
        Family accession.
    members : RemoteFile
        JSON lines with ``name``, ``accession``, ``sequence`` (:class:`UniProtSearch`).
    profile : RemoteFile
        HMMER file of the family.
    """

    accession: str
    members: RemoteFile
    profile: RemoteFile

    @property
    def address(self) -> str:
        return f"members of {self.accession} aligned to its profile"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Fetch both files, search, align, write."""
        try:
            profile = read_profile(fetcher.fetch(self.profile).path)
            members = _read_members(Path(fetcher.fetch(self.members).path))
            sequences = [member["sequence"] for member in members]
            log.info("searching %d members for domains of %s", len(members), self.accession)
            domains = find_domains(profile, sequences, threads=fetcher.threads)
            names = [_name(members[domain.index], domain) for domain in domains]
            stretches = [sequences[d.index][d.start : d.end] for d in domains]
            log.info("aligning %d domains", len(domains))
            rows = align_to_profile(profile, names, stretches, threads=fetcher.threads)
        except EbmflowError as error:
            raise Failure(f"{error.where} {error.found}") from error
        if not rows:
            raise Failure("no member has a domain of the profile")
        accessions = [members[domain.index]["accession"] for domain in domains]
        _write_stockholm(part, self.accession, names, accessions, rows)


def _read_members(path: Path) -> list[dict]:
    with open_bytes(path) as stream:
        return [json.loads(line) for line in stream]


def _name(member: dict, domain: Domain) -> str:
    return f"{member['name']}/{domain.start + 1}-{domain.end}"


def _write_stockholm(
    part: Path, family: str, names: list[str], accessions: list[str], rows: list[str]
) -> None:
    with gzip.open(part, "wt", encoding="ascii", newline="\n") as out:
        out.write(f"# STOCKHOLM 1.0\n#=GF AC   {family}\n")
        for name, accession in zip(names, accessions, strict=True):
            out.write(f"#=GS {name} AC {accession}\n")
        for name, row in zip(names, rows, strict=True):
            out.write(f"{name} {row}\n")
        out.write("//\n")
