"""Kingdoms of species: UniProt's list of species codes, and lineages of UniProt entries.

A UniProt entry name ends in the code of its species (``A0A0V1MAN1_9BILA``: 9BILA). The list of
codes, ``speclist.txt``, has lines ``CODE K taxon: N=Official name``; K is one letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ebmflow.data.readers.base import as_text, read_bytes, shown
from ebmflow.errors import DataError

# X stands for the root of the tree: an entry of no known kingdom.
KINGDOM_OF_LETTER = {
    "A": "Archaea",
    "B": "Bacteria",
    "E": "Eukaryota",
    "V": "Viruses",
    "O": "Other",
    "X": None,
}
KINGDOMS = tuple(name for name in KINGDOM_OF_LETTER.values() if name)

_SPECIES = re.compile(r"([A-Z0-9]{1,5}) +([A-Z]) +(\d+): N=(.+)")
_NUMBER_OF_CODES = re.compile(r"identification codes currently defined: *(\d+)")


class Species(NamedTuple):
    """A species code; `kingdom` is None for the root of the tree."""

    kingdom: str | None
    taxon: int
    name: str


def read_species(path: str | Path) -> dict[str, Species]:
    """Read the list of species codes, gzip-compressed or not.

    Returns
    -------
    dict
        Code -> Species.

    Raises
    ------
    DataError
        If a kingdom letter is unknown, or the number of codes is not the one stated in the file.
    """
    species: dict[str, Species] = {}
    stated = None
    text = as_text(read_bytes(Path(path), "UniProt's list of species codes"))
    for number, line in enumerate(text.split("\n"), 1):
        if match := _SPECIES.fullmatch(line.rstrip()):
            code, letter, taxon, name = match.groups()
            species[code] = Species(_kingdom(letter, path, number), int(taxon), name)
        elif match := _NUMBER_OF_CODES.search(line):
            stated = int(match[1])
    if not species or (stated is not None and stated != len(species)):
        raise DataError(
            path,
            f"holds {len(species)} species codes",
            f"{stated} as its header states" if stated else "lines `CODE K taxon: N=name`",
            "fetch speclist.txt again",
        )
    return species


def _kingdom(letter: str, path: str | Path, number: int) -> str | None:
    if letter not in KINGDOM_OF_LETTER:
        known = ", ".join(KINGDOM_OF_LETTER)
        raise DataError(f"{path}, line {number}", f"kingdom letter {letter!r}", f"one of {known}")
    return KINGDOM_OF_LETTER[letter]


def species_code(name: str) -> str:
    """Return the species code in a row name, or an empty string.

    Examples
    --------
    >>> species_code("A0A0V1MAN1_9BILA/990-1042")
    '9BILA'
    >>> species_code("P12345")
    ''
    """
    entry = name.partition("/")[0].split("|")[-1]
    return entry.rpartition("_")[2] if "_" in entry else ""


def kingdom_of_lineage(lineage: Iterable[str]) -> str | None:
    """Return the first kingdom named in a lineage, or None.

    Examples
    --------
    >>> kingdom_of_lineage(["cellular organisms", "Bacteria", "Bacillati"])
    'Bacteria'
    """
    return next((name for name in lineage if name in KINGDOMS), None)


def read_lineages(path: str | Path) -> dict[str, str | None]:
    """Read kingdoms from JSON lines of UniProt entries.

    Returns
    -------
    dict
        Accession and entry name -> kingdom or None.
    """
    kingdoms: dict[str, str | None] = {}
    data = read_bytes(Path(path), "JSON lines of UniProt entries")
    for number, line in enumerate(data.strip().split(b"\n"), 1):
        try:
            entry = json.loads(line)
            kingdom = kingdom_of_lineage(entry["lineage"])
            kingdoms[entry["accession"]] = kingdoms[entry["name"]] = kingdom
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}, line {number}", shown(line), "a UniProt entry in JSON", "delete the file"
            ) from error
    return kingdoms
