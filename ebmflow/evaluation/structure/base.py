"""The interface of a structure predictor: sequences in, one score each, or the reason why not.

A predictor judges sequences without gaps. What surrounds it (cleaning, repeated sequences, the
cache, the table) is the same for all: see `requests.py` beside this file and the stage `fold`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ebmflow.devices import choose_device
from ebmflow.options import Options, Scaled

# What can become of a sequence. Only `ok` has a value that may be drawn or averaged.
STATUSES = {
    "ok": "scored",
    "stub": "scored by a stand-in without meaning",
    "untrained": "scored by a model whose weights were never trained",
    "invalid": "not acceptable to the predictor: letters, length",
    "no_target": "the label names no structure to compare with",
    "too_long": "longer than the limit",
    "no_weights": "the model's weights are not at hand",
    "unavailable": "the predictor cannot run here: a package or the right Python is missing",
    "oom": "did not fit into memory, even alone",
    "failed": "the predictor gave numbers that are not finite, or its process died",
}
# Only these come with numbers in tables.
NUMBERED = frozenset({"ok", "stub"})
# Results that stay true; the others may turn out better in another run, and are not cached.
LASTING = frozenset({"ok", "stub", "untrained", "no_target"})


class Request(NamedTuple):
    """A sequence to judge.

    Attributes
    ----------
    sequence : str
        Without gaps, of the predictor's letters.
    label : str or None
        What the sequence should be; None for predictors to which it makes no difference.
    """

    sequence: str
    label: str | None = None


@dataclass(frozen=True)
class Prediction:
    """What a predictor says about a sequence.

    Attributes
    ----------
    status : str
        One of :data:`STATUSES`.
    value : float
        Score of the sequence; NaN unless the status is ok, stub or untrained. Those of untrained
        models serve tests of the code and get into no table.
    per_residue : ndarray of float32, shape (L,), or None
        Score of each residue.
    details : dict
        Further numbers by name, such as ``ptm``; each becomes a column of the table.
    pdb : str or None
        Coordinates of all atoms in PDB format.
    coordinates : ndarray of float32, shape (L, 3), or None
        Positions of the C-alpha atoms, in angstrom.
    embedding : ndarray of float32, or None
        The sequence as a point in a model's space.
    reason : str
        A sentence on what went wrong; empty where the status says enough.
    """

    status: str
    value: float = float("nan")
    per_residue: np.ndarray | None = None
    details: dict[str, float] = field(default_factory=dict)
    pdb: str | None = None
    coordinates: np.ndarray | None = None
    embedding: np.ndarray | None = None
    reason: str = ""

    def to_report(self) -> Prediction:
        """Return it as tables may show it: without any number unless the status allows some."""
        return self if self.status in NUMBERED else Prediction(self.status, reason=self.reason)


class Predictor(Options, ABC):
    """How sequences are judged. Options are the fields of the subclass, and how many are judged."""

    score_name: ClassVar[str]  # `p_nat` or `plddt`
    letters: ClassVar[str]  # residues that the predictor knows
    gives_coordinates: ClassVar[bool] = False
    uses_label: ClassVar[bool] = False  # whether the score depends on what the sequence should be
    half_on_gpu: ClassVar[bool] = False  # whether a GPU computes large parts of it in 16 bits

    per_label: Annotated[int, Scaled(least=10)] = Field(
        150,
        ge=1,
        description="Sequences of each set (generated, natural, random, profile) and label.",
    )
    unknown: Literal["invalid", "X"] = Field(
        "invalid",
        description="Sequences with B, J, O, U or Z that the predictor does not know: `invalid` "
        "leaves them out, counted; `X` replaces these residues, if the predictor knows X. Other "
        "signs are always invalid.",
    )

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a text that changes with all that changes results, and with nothing else."""

    def on_gpu(self, device: str) -> bool:
        """Return whether it would run on a GPU."""
        return str(choose_device(device) if device == "auto" else device).startswith("cuda")

    def precision(self, device: str) -> str:
        """Return ``half`` where large parts are computed in 16 bits, else ``full``."""
        return "half" if self.half_on_gpu and self.on_gpu(device) else "full"

    @property
    def files(self) -> list[Path]:
        """Return local files, such as weights, that results depend on; they may be absent."""
        return []

    @property
    def needs_interpreter(self) -> bool:
        """Whether it runs in an environment of its own whose interpreter the settings leave out."""
        return False

    def in_environment(self, interpreter: str) -> Predictor:
        """Return it with the interpreter of its own environment, unless it names another."""
        return self

    def unavailable(self, device: str) -> Prediction | None:
        """Return what stands for every sequence if nothing can be judged here, else None.

        Asked once, before the first batch; loads what the batches need. A study goes on without
        the predictor: the status and reason end up in the table and in the report.
        """
        return None

    def batches(self, requests: Sequence[Request]) -> list[list[int]]:
        """Return which requests are judged together, as indices; each batch is saved when done."""
        size = 500
        return [
            list(range(first, min(first + size, len(requests))))
            for first in range(0, len(requests), size)
        ]

    @property
    def writes_files(self) -> bool:
        """Whether the coordinates of all atoms are wanted, as files."""
        return False

    @abstractmethod
    def predict(
        self, requests: Sequence[Request], *, device: str = "cpu", threads: int = 1
    ) -> list[Prediction]:
        """Judge a batch, one prediction per request, in order.

        Problems with single sequences are statuses. Exceptions are for problems that stop the job.
        """
