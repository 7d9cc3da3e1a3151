"""The interface of an aligner."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.records import Records
from ebmflow.options import Options


class Aligner(Options, ABC):
    """How sequences are brought to one length. Options are the fields of the subclass."""

    def roles(self) -> dict[str, list[RemoteFile]]:
        """Return the files that must be fetched first, by role (``hmm`` ...)."""
        return {}

    @abstractmethod
    def align(
        self, records: Records, files: Mapping[str, list[Path]], *, threads: int, alphabet: str
    ) -> Records:
        """Return the records with rows of equal length (``-`` is the gap), in the same order.

        Rows that cannot be aligned are left out and counted in ``records.counts`` as
        step ``align``, item ``dropped``, note = reason.

        Parameters
        ----------
        records : Records
            Rows of letters; gaps and insert marks in them are to be removed first.
        files : mapping of list of Path
            Fetched files by role.
        threads : int
        alphabet : str
            ``protein``, ``dna``, ``rna``, or the letters themselves.
        """
