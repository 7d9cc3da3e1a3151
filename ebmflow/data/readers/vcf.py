"""VCF files with phased genotypes of biallelic sites, plain or gzipped."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.readers.base import as_text, read_bytes, shown
from ebmflow.data.readers.genotypes import HAPLOTYPES, GenotypeReader, Haplotypes
from ebmflow.errors import DataError
from ebmflow.registry import register

FIXED = 9  # columns before the samples


@register("reader", "vcf")
class VcfReader(GenotypeReader):
    """VCF 4: two rows a person, one column a site, 1 for the alternative allele."""

    unusable_sites: Literal["error", "drop"] = Field(
        "error",
        description="Sites with several alternative alleles, or with a genotype that is unphased, "
        "missing or not diploid: stop, or leave out and count.",
    )

    def haplotypes(self, path: Path) -> Haplotypes:
        lines = read_bytes(path, "a VCF file").split(b"\n")
        head, samples = _header(lines, path)
        sites, columns, unusable = [], [], {}
        for number, line in enumerate(lines[head + 1 :], start=head + 2):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            fields = line.split(b"\t", FIXED)
            alleles, problem = _alleles(fields, len(samples), where)
            if problem:
                if self.unusable_sites == "error":
                    raise DataError(
                        f"{where}, site {_site(fields)}", problem, "phased genotypes such as 0|1",
                        "phase or remove the site, or set unusable_sites to drop",
                    )  # fmt: skip
                reason = problem.partition(":")[0]
                unusable[reason] = unusable.get(reason, 0) + 1
                continue
            sites.append(_site(fields))
            columns.append(alleles)
        if not columns:
            raise DataError(path, f"no usable site ({sum(unusable.values())} left out)", "sites")
        counts = Counts()
        for reason, number in unusable.items():
            counts.add("read", "sites left out", sites=number, note=reason)
        rows = 2 * len(samples)
        total = len(columns) + sum(unusable.values())
        counts.step("read", rows, {}, total, len(columns), note=Path(path).name)
        return Haplotypes(
            [sample for sample in samples for _ in HAPLOTYPES],
            list(HAPLOTYPES) * len(samples),
            tuple(sites),
            np.ascontiguousarray(np.stack(columns, axis=1)),
            counts,
            str(path),
        )


def _header(lines: list[bytes], path: Path) -> tuple[int, list[str]]:
    """Place of the column line, and the sample names in it."""
    if not lines[0].startswith(b"##fileformat=VCF"):
        raise DataError(f"{path}, line 1", shown(lines[0]), "'##fileformat=VCFv4...'")
    for place, line in enumerate(lines):
        if line.startswith(b"#CHROM"):
            names = as_text(line).rstrip("\n").split("\t")
            if len(names) <= FIXED or names[FIXED - 1] != "FORMAT":
                raise DataError(
                    f"{path}, line {place + 1}", f"{len(names)} columns",
                    "nine fixed columns up to FORMAT, then samples, separated by tabs",
                )  # fmt: skip
            samples = names[FIXED:]
            if len(set(samples)) < len(samples):
                twice = next(name for name in samples if samples.count(name) > 1)
                raise DataError(f"{path}, line {place + 1}", f"sample {twice!r} twice", "once")
            return place, samples
        if not line.startswith(b"##"):
            break
    raise DataError(f"{path}, line {place + 1}", shown(line), "the line '#CHROM  POS  ID ...'")


def _site(fields: list[bytes]) -> str:
    return as_text(b":".join((*fields[:2], *fields[3:5])))


def _alleles(fields: list[bytes], people: int, where: str) -> tuple[np.ndarray, str]:
    """Alleles of all haplotypes at a site, uint8, shape (2 people,), or what is wrong."""
    none = np.empty(0, np.uint8)
    if len(fields) <= FIXED:
        raise DataError(where, f"{len(fields)} columns", f"{FIXED + people}, separated by tabs")
    genotypes = fields[FIXED]
    if fields[FIXED - 1] != b"GT" or len(genotypes) != 4 * people - 1:
        genotypes = _first_subfields(fields, people, where)
        if genotypes is None:
            return none, "no genotypes: FORMAT does not begin with GT"
    if b"," in fields[4]:
        return none, f"several alternative alleles: {as_text(fields[4])}"
    if len(genotypes) == 4 * people - 1:
        table = np.frombuffer(genotypes + b"\t", np.uint8).reshape(people, 4)
        alleles = table[:, 0:3:2] - ord("0")
        if (table[:, 1] == ord("|")).all() and (table[:, 3] == 9).all() and (alleles < 2).all():
            return alleles.reshape(-1), ""
    return none, _problem(genotypes.split(b"\t"), people, where)


def _first_subfields(fields: list[bytes], people: int, where: str) -> bytes | None:
    """Genotypes alone, where other values follow them after a colon."""
    if fields[FIXED - 1].split(b":")[0] != b"GT":
        return None
    entries = fields[FIXED].split(b"\t")
    _check_width(entries, people, where)
    return b"\t".join(entry.partition(b":")[0] for entry in entries)


def _check_width(entries: list[bytes], people: int, where: str) -> None:
    if len(entries) != people:
        raise DataError(
            where, f"{FIXED + len(entries)} columns", f"{FIXED + people}, as in the line '#CHROM'"
        )


def _problem(entries: list[bytes], people: int, where: str) -> str:
    """Name the first genotype that is not phased, diploid and 0 or 1."""
    _check_width(entries, people, where)
    good = (b"0|0", b"0|1", b"1|0", b"1|1")
    entry = next(entry for entry in entries if entry not in good)
    person = entries.index(entry) + 1
    if b"." in entry:
        reason = "missing genotype"
    elif b"/" in entry:
        reason = "unphased genotype"
    elif b"|" in entry and all(allele.isdigit() for allele in entry.split(b"|")):
        reason = "allele other than 0 and 1, or not two"
    else:
        reason = "no diploid genotype"
    return f"{reason}: {shown(entry)} of sample {person}"
