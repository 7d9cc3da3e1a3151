"""Choices of rows that several figures share."""

from __future__ import annotations

import pandas as pd


def last_ages(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last age of every model and seed."""
    return table[table["age"] == table.groupby(["model", "seed"])["age"].transform("max")]
