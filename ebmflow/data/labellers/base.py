"""The interface of a labeller."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.labels import LabelOptions


@dataclass(frozen=True)
class Labelling:
    """Labels of all rows.

    Attributes
    ----------
    labels : ndarray of object, shape (n,)
        Label name, or None where it is unknown.
    dropped : ndarray of object, shape (n,), or None
        Reason why a row cannot be used (two labels, say), or None where it can.
    counts : Counts
        Anything worth telling; the numbers by label are added elsewhere.
    """

    labels: np.ndarray
    dropped: np.ndarray | None = None
    counts: Counts = field(default_factory=Counts)


class Labeller(LabelOptions, ABC):
    """How rows get their labels. Options are the fields of the subclass."""

    def roles(self) -> dict[str, list[RemoteFile]]:
        """Return the files that must be fetched first, by role (``labels``, ``taxonomy`` ...)."""
        return {}

    @abstractmethod
    def label(
        self, names: np.ndarray, annotations: pd.DataFrame, files: Mapping[str, list[Path]]
    ) -> Labelling:
        """Return the label of every row.

        Parameters
        ----------
        names : ndarray of str (object), shape (n,)
        annotations : DataFrame, n rows
            What the source knows about the rows.
        files : mapping of list of Path
            Fetched files by role.
        """
