"""Stage `summarise_sites`: weighted letter frequencies per site, of data and samples, by label."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.logos import site_frame
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.io.table_file import read_table, write_table


def summarise_sites(*, dataset: Path, samples: Path, logos: Path, spec: dict) -> None:
    """Write the table behind logos and allele-frequency scatters (kind ``logo``).

    Parameters
    ----------
    dataset, samples : Path
        Tables of kind ``dataset`` and ``samples``; binary or categorical alphabet.
    logos : Path
        Written: set (``data`` or ``generated``), label, site (from 1), letter, frequency,
        information (height in bits).
    spec : dict
        ``small_sample`` (default true: subtract the expected bias of the entropy), ``split``
        (default ``all``; or ``train``, ``test``), ``age`` and ``time`` of the snapshot.
    """
    data, facts = read_table(dataset, kind="dataset")
    drawn, sample_facts = read_table(samples, kind="samples")
    snapshot = generated_snapshot(drawn, sample_facts, spec)
    frame = site_frame(
        data,
        snapshot.columns,
        facts["alphabet"],
        facts["label_names"],
        split=spec.get("split", "all"),
        small_sample=bool(spec.get("small_sample", True)),
    )
    metadata = {
        "alphabet": facts["alphabet"],
        "label_names": list(facts["label_names"]),
        "kept_columns": facts.get("kept_columns"),
        "age": snapshot.age,
        "time": snapshot.time,
    }
    write_table(logos, frame, kind="logo", metadata=metadata)
