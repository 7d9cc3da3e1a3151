"""Stage `project`: data and generated samples on the principal components of the training data."""

from __future__ import annotations

from pathlib import Path

from ebmflow.evaluation.projection import label_axis, principal_axes, projection_frame
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.io.table_file import read_table, write_table

COLUMNS = ("codes", "label", "weight")


def project(*, dataset: Path, samples: Path, projection: Path, spec: dict) -> None:
    """Write the table behind the PCA scatter (kind ``projection``).

    Parameters
    ----------
    dataset, samples : Path
        Tables of kind ``dataset`` and ``samples``.
    projection : Path
        Written: set (``data`` or ``generated``), split, label, weight, pc_1 ... pc_K; of data with
        two labels along_labels, 0 at the mean training row of the first and 1 at that of the other.
    spec : dict
        ``components`` (default 2), ``age`` and ``time`` of the snapshot (see `generated_snapshot`).
    """
    data, facts = read_table(dataset, kind="dataset")
    drawn, sample_facts = read_table(samples, kind="samples")
    snapshot = generated_snapshot(drawn, sample_facts, spec)
    train = data["split"] == "train"
    axes = principal_axes(
        data["codes"][train],
        data["weight"][train],
        facts["alphabet"],
        components=int(spec.get("components", 2)),
    )
    between = None
    if len(facts["label_names"]) == 2:
        between = label_axis({name: data[name][train] for name in COLUMNS}, facts["alphabet"])
    frame = projection_frame(axes, data, snapshot.columns, facts["label_names"], between)
    metadata = {
        "label_names": list(facts["label_names"]),
        "age": snapshot.age,
        "time": snapshot.time,
        "explained_variance": [float(share) for share in axes.explained],
    }
    write_table(projection, frame, kind="projection", metadata=metadata)
