"""Align to the match columns of a profile hidden Markov model, through pyhmmer.

Source: Eddy 2011, PLoS Comput. Biol. 7:e1002195. Time grows linearly with the number of sequences,
the columns are those of the profile, and sequences added later get the same columns.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import Field

from ebmflow.data.aligners.base import Aligner
from ebmflow.data.aligners.sequences import bare_sequences, left_out
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.letters import Letters
from ebmflow.data.profiles import align_to_profile, find_domains, read_profile
from ebmflow.data.records import Records
from ebmflow.data.sources.base import FileOptions
from ebmflow.errors import ConfigError
from ebmflow.registry import register

log = logging.getLogger(__name__)


@register("aligner", "hmmalign")
class HmmAlign(Aligner):
    """Best domain of each protein on the profile; residues between match columns are lost."""

    profile: FileOptions = Field(description="HMMER3 file of the family, gzipped or not.")

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {"profile": [self.profile.remote(starts=(b"HMMER3",))]}

    def align(
        self, records: Records, files: Mapping[str, list[Path]], *, threads: int, alphabet: str
    ) -> Records:
        if alphabet != "protein":
            raise ConfigError(
                "dataset", "align.kind", "hmmalign", expected="alphabet: protein",
                found=f"hmmalign cannot align rows of alphabet {alphabet!r}",
            )  # fmt: skip
        profile = read_profile(files["profile"][0])
        bare = bare_sequences(records)
        sequences = list(bare.rows)
        log.info("hmmalign: searching domains of %s in %d rows", profile.name, len(bare))
        domains = find_domains(profile, sequences, threads=threads, exclusive=True)
        found = np.array([domain.index for domain in domains], dtype=np.int64)
        kept = left_out(bare, ~np.isin(np.arange(len(bare)), found), "no domain of the profile")
        stretches = [sequences[domain.index][domain.start : domain.end] for domain in domains]
        log.info("hmmalign: aligning %d domains to %d columns", len(found), profile.M)
        rows = align_to_profile(profile, list(kept.names), stretches, threads=threads)
        return replace(kept, rows=Letters.of(rows))
