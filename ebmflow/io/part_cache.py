"""A cache that grows while a job runs: a folder of small Parquet tables, one written per batch.

Killing a job loses the batch in work and nothing else. Several jobs may share a folder: a part has
a name of its own, appears whole, and is never changed.
"""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import pandas as pd

from ebmflow.errors import CheckpointError, StorageError
from ebmflow.io.table_file import read_frame, write_table

log = logging.getLogger(__name__)
# Once a job leaves more parts than this behind, it packs its own into one.
PARTS = 16


class PartCache:
    """Rows with a column `key`, in a folder.

    Parameters
    ----------
    folder : Path
        Made when the first part is written.
    kind : str
        Kind of the tables in it.
    """

    def __init__(self, folder: str | Path, kind: str) -> None:
        self.folder, self.kind = Path(folder), kind
        self._own: list[Path] = []

    def read(self) -> pd.DataFrame:
        """Return all rows, each key once; empty without columns if there are none.

        A damaged part is left out, which the log says: what it held is computed again.
        """
        frames = []
        for path in sorted(self.folder.glob("*.parquet")):
            try:
                frames.append(read_frame(path, kind=self.kind)[0])
            except CheckpointError as error:
                if path.exists():  # else another job has just packed it
                    log.warning("Not used: %s", error)
        if not frames:
            return pd.DataFrame()
        return pd.concat(frames, ignore_index=True).drop_duplicates("key", ignore_index=True)

    def append(self, columns: dict[str, Any]) -> bool:
        """Write a part; where none can be written the log says so, and the job goes on."""
        path = self.folder / f"{uuid.uuid4().hex}.parquet"
        try:
            write_table(path, columns, kind=self.kind)
        except StorageError as error:
            log.warning("Results are not kept for later runs: %s", error)
            return False
        self._own.append(path)
        return True

    def pack(self) -> None:
        """Replace the parts that this object has written by one, if they are many."""
        if len(self._own) <= PARTS:
            return
        frames = [read_frame(path, kind=self.kind)[0] for path in self._own]
        parts, self._own = self._own, []
        if self.append(dict(pd.concat(frames, ignore_index=True))):
            for path in parts:
                path.unlink(missing_ok=True)
