"""Profile hidden Markov models: read one, find its domains in sequences, align sequences to it.

pyhmmer does the work; it is imported inside the functions, because most jobs need none of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ebmflow.data.fetching.checks import open_bytes
from ebmflow.errors import DataError

if TYPE_CHECKING:
    from pyhmmer.plan7 import HMM

_BLOCK = 1000  # sequences aligned at a time


class Domain(NamedTuple):
    """A stretch of a sequence that matches a profile.

    Attributes
    ----------
    index : int
        Row of the sequence.
    start, end : int
        Envelope, 0-based, end exclusive.
    score : float
        Bits.
    """

    index: int
    start: int
    end: int
    score: float


def read_profile(path: str | Path) -> HMM:
    """Read the first profile of a HMMER file, gzip-compressed or not."""
    from pyhmmer.plan7 import HMMFile

    try:
        with open_bytes(Path(path)) as stream:
            profile = HMMFile(stream).read()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(path, f"no profile can be read ({error})", "a HMMER3 file") from error
    if profile is None:
        raise DataError(path, "holds no profile", "a HMMER3 file")
    return profile


def find_domains(
    profile: HMM, sequences: Sequence[str], *, threads: int, exclusive: bool = False
) -> list[Domain]:
    """Find the domains of a family in full-length sequences.

    The family's gathering thresholds decide where the profile has them (Pfam profiles do), HMMER's
    inclusion thresholds otherwise.

    Parameters
    ----------
    sequences : sequence of str
        Unaligned, one-letter codes.
    threads : int
    exclusive : bool
        Whether only the best domain of each sequence is returned.

    Returns
    -------
    list of Domain
        Sorted by row and start.
    """
    from pyhmmer.easel import DigitalSequenceBlock
    from pyhmmer.hmmer import hmmsearch

    names = [str(row) for row in range(len(sequences))]
    block = DigitalSequenceBlock(profile.alphabet, _digital(profile, names, sequences))
    cutoffs = {"bit_cutoffs": "gathering"} if profile.cutoffs.gathering_available() else {}
    hits = next(hmmsearch(profile, block, cpus=threads, **cutoffs))
    found = [
        Domain(int(hit.name), domain.env_from - 1, domain.env_to, domain.score)
        for hit in hits.included
        for domain in hit.domains.included
    ]
    if exclusive:
        best: dict[int, Domain] = {}
        for domain in found:
            best[domain.index] = max(domain, best.get(domain.index, domain), key=_rank)
        found = list(best.values())
    return sorted(found)


def _rank(domain: Domain) -> tuple[float, int]:
    return domain.score, -domain.start


def align_to_profile(
    profile: HMM, names: Sequence[str], sequences: Sequence[str], *, threads: int = 1
) -> list[str]:
    """Align sequences to the match columns of a profile.

    Residues that fall between match columns are left out: every row is aligned on its own, so that
    rows computed in different blocks, or added later, have the same columns.

    Parameters
    ----------
    names : sequence of str
        For messages.
    sequences : sequence of str
        Unaligned; best one domain each.

    Returns
    -------
    list of str
        One row of ``profile.M`` upper-case letters and ``-`` per sequence, in the order given.
    """
    digital = _digital(profile, names, sequences)
    blocks = [digital[start : start + _BLOCK] for start in range(0, len(digital), _BLOCK)]
    with ThreadPoolExecutor(threads) as pool:  # pyhmmer works outside the interpreter lock
        aligned = pool.map(lambda block: _align_block(profile, block), blocks)
        return [row for rows in aligned for row in rows]


def _align_block(profile: HMM, block: list) -> list[str]:
    from pyhmmer.hmmer import hmmalign

    for row, sequence in enumerate(block):
        sequence.name = str(row)  # hmmalign may reorder, and names may repeat
    aligned = hmmalign(profile, block, digitize=False, all_consensus_cols=True)
    match = [column for column, mark in enumerate(aligned.reference) if mark == "x"]
    rows = dict(zip(aligned.names, aligned.alignment, strict=True))
    return ["".join([rows[str(row)][column] for column in match]) for row in range(len(block))]


def _digital(profile: HMM, names: Sequence[str], sequences: Sequence[str]) -> list:
    from pyhmmer.easel import TextSequence

    digital = []
    for name, sequence in zip(names, sequences, strict=True):
        try:
            text = TextSequence(name=name, sequence=sequence.upper().replace("*", ""))
            digital.append(text.digitize(profile.alphabet))
        except ValueError as error:
            found = f"is no sequence of the profile's alphabet ({error})"
            raise DataError(f"sequence {name}", found) from error
    return digital
