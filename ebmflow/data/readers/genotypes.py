"""What genotype formats have in common: two haplotypes a person, codes 0 and 1."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.readers.base import Reader
from ebmflow.data.records import Records
from ebmflow.errors import DataError

HAPLOTYPES = "AB"


class Haplotypes(NamedTuple):
    """Phased biallelic genotypes.

    Attributes
    ----------
    samples : list of str
        Person of each row.
    haplotypes : list of str
        ``A`` or ``B``, as far as known.
    sites : tuple of str or None
        Identity of each column, for joining files.
    codes : ndarray of uint8, shape (n, L)
        1: alternative allele.
    counts : Counts
    origin : str
    """

    samples: list[str]
    haplotypes: list[str]
    sites: tuple[str, ...] | None
    codes: np.ndarray
    counts: Counts
    origin: str

    def records(self) -> Records:
        """Return records named ``<sample>_<haplotype>``; the person is the group."""
        names = [
            f"{sample}_{one}" for sample, one in zip(self.samples, self.haplotypes, strict=True)
        ]
        file = Path(self.origin).name.removesuffix(".gz")
        notes = {
            "sample": self.samples,
            "haplotype": self.haplotypes,
            "file": [file] * len(names),
            "group": self.samples,
        }
        return Records(
            names=names, codes=self.codes, annotations=pd.DataFrame(notes, dtype=object),
            counts=self.counts, origin=self.origin,
        )  # fmt: skip


class GenotypeReader(Reader):
    """A format of phased genotypes."""

    @abstractmethod
    def haplotypes(self, path: Path) -> Haplotypes:
        """Return the haplotypes of one file."""

    def read(self, path: Path) -> Records:
        return self.haplotypes(path).records()


def join_files(parts: Sequence[Haplotypes]) -> Records:
    """Return the records of several files: other people at the same sites, or the same people.

    Where two files use one sample name for different people (same sites), names get the file's name
    in front.
    """
    first = parts[0]
    if len(parts) == 1:
        return first.records()
    same_people = all(part.samples == first.samples for part in parts)
    same_sites = all(
        part.sites == first.sites and part.codes.shape[1] == first.codes.shape[1] for part in parts
    )
    if same_sites:
        return _other_people(parts)
    if same_people and all(part.haplotypes == first.haplotypes for part in parts):
        return first._replace(
            codes=np.concatenate([part.codes for part in parts], axis=1),
            counts=_all_counts(parts),
            origin=", ".join(part.origin for part in parts),
        ).records()
    raise DataError(
        ", ".join(part.origin for part in parts),
        "neither the sites nor the people of the files are the same",
        "files of the same sites (more people) or of the same people (more sites)",
    )


def _other_people(parts: Sequence[Haplotypes]) -> Records:
    from ebmflow.data.records import stack_records

    people = [set(part.samples) for part in parts]
    repeated = sum(map(len, people)) > len(set().union(*people))
    records = []
    for part in parts:
        one = part.records()
        if repeated:
            notes = one.annotations.assign(
                group=one.annotations["file"] + ":" + one.annotations["sample"]
            )
            file = notes["file"].iloc[0]
            one = Records(
                names=[f"{file}:{name}" for name in one.names], codes=one.codes,
                annotations=notes, counts=one.counts, origin=one.origin,
            )  # fmt: skip
        records.append(one)
    return stack_records(records)


def _all_counts(parts: Sequence[Haplotypes]) -> Counts:
    counts = Counts()
    for part in parts:
        counts.extend(part.counts)
    return counts
