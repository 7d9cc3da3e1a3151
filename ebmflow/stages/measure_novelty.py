"""Stage `measure_novelty`: how far is each sample from the nearest training row."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.novelty import novelty_frame
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.io.table_file import read_table, write_table


def measure_novelty(
    *, dataset: Path, samples: Path, novelty: Path, spec: dict, threads: int = 1
) -> None:
    """Write the table behind the novelty histogram (kind ``novelty``).

    Parameters
    ----------
    dataset, samples : Path
        Tables of kind ``dataset`` and ``samples``; binary or categorical alphabet.
    novelty : Path
        Written: set (``generated`` or ``test``), label, distance (sites that differ from the
        nearest training row; 0 is a copy), rows.
    spec : dict
        ``age`` and ``time`` of the snapshot.
    """
    data, facts = read_table(dataset, kind="dataset")
    drawn, sample_facts = read_table(samples, kind="samples")
    snapshot = generated_snapshot(drawn, sample_facts, spec)
    frame = novelty_frame(
        data, snapshot.columns, facts["alphabet"], facts["label_names"], threads=threads
    )
    metadata = {
        "sites": int(data["codes"].shape[1]),
        "age": snapshot.age,
        "time": snapshot.time,
    }
    write_table(novelty, frame, kind="novelty", metadata=metadata)
