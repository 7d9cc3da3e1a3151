"""Stage `project`: data and generated samples on the principal components of the training data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.label_line import LabelLine, label_line
from ebmflow.evaluation.projection import principal_axes, projection_frame
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.snapshots import generated_snapshot
from ebmflow.io.table_file import read_table, write_table


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
    line = _line_between(data, facts) if len(facts["label_names"]) == 2 else None
    frame = projection_frame(axes, data, snapshot.columns, facts["label_names"], line)
    metadata = {
        "label_names": list(facts["label_names"]),
        "age": snapshot.age,
        "time": snapshot.time,
        "explained_variance": [float(share) for share in axes.explained],
    }
    write_table(projection, frame, kind="projection", metadata=metadata)


def _line_between(data: dict[str, np.ndarray], facts: dict[str, Any]) -> LabelLine | None:
    """The line between the mean training rows of the two labels, if there is one."""
    states = Alphabet.from_metadata(facts["alphabet"]).states
    encoding = make_encoding(facts["alphabet"]["kind"], data["codes"].shape[1], states)
    rows = RowSet(data["codes"], encoding, data["weight"], data["label"])
    return label_line(rows.take(data["split"] == "train"))[0]
