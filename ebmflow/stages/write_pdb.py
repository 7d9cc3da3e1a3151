"""Stage `write_pdb`: predicted structures as PDB files, in one archive."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ebmflow.io.atomic import atomic_path
from ebmflow.io.table_file import read_frame

# ZIP files begin in 1980; no other date is the same in every run.
DATE = (1980, 1, 1, 0, 0, 0)


def write_pdb(*, structures: Path, archive: Path, spec: dict[str, Any]) -> None:
    """Write ``SET/LABEL/ID.pdb`` for each sequence with coordinates of all atoms, and a list.

    Parameters
    ----------
    structures : Path
        Kind ``structures``, folded with ``pdb: true``. B-factors are pLDDT, 0 to 100.
    archive : Path
        Written, ZIP: the files, and ``index.tsv`` with file, set, label, id and score.
    spec : dict
        Nothing is read from it.
    """
    frame, _ = read_frame(structures, kind="structures")
    kept = frame[frame["pdb"].notna()] if "pdb" in frame else frame.iloc[:0]
    index = ["file\tset\tlabel\tid\tscore"]
    with atomic_path(archive) as temporary, zipfile.ZipFile(temporary, "w") as packed:
        for name, row in _named(kept):
            _add(packed, name, row.pdb)
            index.append(f"{name}\t{row.set}\t{row.label or ''}\t{row.id}\t{row.value:.4g}")
        _add(packed, "index.tsv", "\n".join(index) + "\n")


def _named(frame: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    for number, row in enumerate(frame.itertuples()):
        label = _safe(row.label) if isinstance(row.label, str) else "all"
        # The number tells names apart that differ only in signs no file name should have.
        yield f"{row.set}/{label}/{number:05d}_{_safe(row.id)}.pdb", row


def _add(packed: zipfile.ZipFile, name: str, content: str) -> None:
    packed.writestr(zipfile.ZipInfo(name, DATE), content, zipfile.ZIP_DEFLATED)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)
