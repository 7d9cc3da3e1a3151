"""One dataset file by itself: all steps from fetching to the split, and its counts table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ebmflow.stages.align import align
from ebmflow.stages.assemble import assemble
from ebmflow.stages.assemble_labels import assemble_labels
from ebmflow.stages.fetch import fetch
from ebmflow.stages.filter_gaps import filter_gaps
from ebmflow.stages.reweight import reweight
from ebmflow.stages.split import split


def prepare(
    *, name: str, specs: dict[str, Any], folder: Path, mirror: Path | None, threads: int
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

    Returns
    -------
    Path
        The dataset, ``<folder>/<name>.parquet``; its counts table lies beside it.
    """
    steps = ("aligned", "filtered", "labels", "weights", "assembled")
    work = folder / "data" / name
    table = {step: work / f"{step}.parquet" for step in steps}
    records: dict[str, list[Path]] = {"source": [], "align": [], "labels": []}
    for role, spec in specs["fetch"].items():
        record = work / "fetched" / f"{role}.json"
        fetch(fetched=record, spec=spec, role=role, mirror=mirror, threads=threads)
        (part,) = spec
        records[part].append(record)
    align(
        fetched=records["source"] + records["align"],
        aligned=table["aligned"],
        spec=specs["align"],
        dataset=name,
        threads=threads,
    )
    inputs = {step: table[step] for step in ("filtered", "labels", "weights")}
    filter_gaps(aligned=table["aligned"], filtered=table["filtered"], spec=specs["filter_gaps"])
    assemble_labels(
        aligned=table["aligned"],
        fetched=records["labels"],
        labels=table["labels"],
        spec=specs["assemble_labels"],
    )
    reweight(
        filtered=table["filtered"],
        weights=table["weights"],
        spec=specs["reweight"],
        threads=threads,
    )
    assemble(**inputs, assembled=table["assembled"], spec=specs["assemble_dataset"])
    return _split(name, table["assembled"], folder, specs["split_dataset"], threads)


def _split(name: str, assembled: Path, folder: Path, spec: dict[str, Any], threads: int) -> Path:
    dataset = folder / f"{name}.parquet"
    counts = folder / f"{name}.counts.tsv"
    split(assembled=assembled, dataset=dataset, counts=counts, spec=spec, threads=threads)
    return dataset
