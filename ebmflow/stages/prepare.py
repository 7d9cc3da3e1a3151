"""One dataset file by itself: all steps from fetching to the split, and its counts table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ebmflow.data.counts import Count
from ebmflow.io.table_file import read_table
from ebmflow.stages.align import align
from ebmflow.stages.assemble import assemble
from ebmflow.stages.assemble_labels import assemble_labels
from ebmflow.stages.fetch import fetch
from ebmflow.stages.filter_gaps import filter_gaps
from ebmflow.stages.reweight import reweight
from ebmflow.stages.split import split

Tell = Callable[[Count], None]


def prepare(
    *,
    name: str,
    specs: dict[str, Any],
    folder: Path,
    mirror: Path | None,
    threads: int,
    tell: Tell = lambda count: None,
) -> Path:
    """Run all steps of a dataset, as the rules of these names do.

    Parameters
    ----------
    name : str
        Name of the dataset.
    specs : dict
        Rule -> spec; ``fetch`` -> role -> spec.
    folder : Path
        Receives the files of all steps.
    tell : callable
        Called with each line of the counts table as soon as its step is done, so that a step that
        fails stands below what led to it.

    Returns
    -------
    Path
        The dataset, ``<folder>/<name>.parquet``; its counts table lies beside it.
    """
    steps = ("aligned", "filtered", "labels", "weights", "assembled")
    work = folder / "data" / name
    table = {step: work / f"{step}.parquet" for step in steps}
    records = _fetch_all(specs["fetch"], work / "fetched", mirror, threads)
    told = _Told(tell)
    align(
        fetched=records["source"] + records["align"],
        aligned=table["aligned"],
        spec=specs["align"],
        dataset=name,
        threads=threads,
    )
    told.add(table["aligned"], "aligned")
    filter_gaps(
        aligned=table["aligned"],
        filtered=table["filtered"],
        spec=specs["filter_gaps"],
        dataset=name,
    )
    told.add(table["filtered"], "filtered")
    assemble_labels(
        aligned=table["aligned"],
        fetched=records["labels"],
        labels=table["labels"],
        spec=specs["assemble_labels"],
    )
    told.add(table["labels"], "labels", by_itself=True)
    reweight(
        filtered=table["filtered"],
        weights=table["weights"],
        spec=specs["reweight"],
        threads=threads,
    )
    told.add(table["weights"], "weights", by_itself=True)
    inputs = {step: table[step] for step in ("filtered", "labels", "weights")}
    assemble(**inputs, assembled=table["assembled"], spec=specs["assemble_dataset"])
    told.add(table["assembled"], "assembled")
    dataset = _split(name, table["assembled"], folder, specs["split_dataset"], threads)
    told.add(dataset, "dataset")
    return dataset


def _fetch_all(
    specs: dict[str, Any], folder: Path, mirror: Path | None, threads: int
) -> dict[str, list[Path]]:
    """Fetch all roles; the records of what was fetched, by the part of the dataset file."""
    records: dict[str, list[Path]] = {"source": [], "align": [], "labels": []}
    for role, spec in specs.items():
        record = folder / f"{role}.json"
        fetch(fetched=record, spec=spec, role=role, mirror=mirror, threads=threads)
        (part,) = spec
        records[part].append(record)
    return records


def _split(name: str, assembled: Path, folder: Path, spec: dict[str, Any], threads: int) -> Path:
    dataset = folder / f"{name}.parquet"
    counts = folder / f"{name}.counts.tsv"
    split(assembled=assembled, dataset=dataset, counts=counts, spec=spec, threads=threads)
    return dataset


class _Told:
    """Tells each line of the growing ledger once; it travels in the metadata of the tables."""

    def __init__(self, tell: Tell) -> None:
        self.tell, self.lines = tell, 0

    def add(self, path: Path, kind: str, *, by_itself: bool = False) -> None:
        """Tell what a table adds; one `by_itself` does not repeat the lines before it."""
        _, facts = read_table(path, kind=kind, columns=["name"])
        new = facts["counts"][0 if by_itself else self.lines :]
        self.lines += len(new)
        for line in new:
            self.tell(Count(**line))
