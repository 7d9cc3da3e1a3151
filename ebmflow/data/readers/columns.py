"""Insert and match columns: lower case and ``.`` mark insertions in A2M and Pfam files."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from ebmflow.data.letters import Letters

Columns = Literal["all", "match"]


def columns_field(default: str):
    """Return the option that says which columns of an alignment are read."""
    return Field(
        default,
        description="`match`: leave out lower-case letters and `.`, which mark insertions in A2M, "
        "A3M and Pfam files; `all`: keep every column, in upper case, `.` being a gap.",
    )


_UPPER = np.arange(256, dtype=np.uint8)
_UPPER[ord("a") : ord("z") + 1] -= 32
_UPPER[ord(".")] = ord("-")
_MATCH = np.ones(256, bool)
_MATCH[ord("a") : ord("z") + 1] = False
_MATCH[ord(".")] = False


def select_columns(rows: Letters, columns: Columns) -> Letters:
    """Return the wanted columns, in upper case, with ``-`` as the only gap."""
    if rows.flat.max(initial=0) < ord("a") and not (rows.flat == ord(".")).any():
        return rows
    return rows.keep(_MATCH) if columns == "match" else rows.translate(_UPPER)
