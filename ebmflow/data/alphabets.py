"""Alphabets: which letters are which codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ebmflow.errors import ConfigError, closest_name

GAP = "-"
UNKNOWN = 255  # code of letters outside the alphabet

_NAMED = {
    "protein": ("categorical", "-ACDEFGHIKLMNPQRSTVWY", "BZUOJX*"),
    "dna": ("categorical", "-ACGT", "RYSWKMBDHVNX"),
    "rna": ("categorical", "-ACGU", "RYSWKMBDHVNX"),
    "binary": ("binary", "01", ""),
    "real": ("real", "", ""),
}


@dataclass(frozen=True)
class Alphabet:
    """State space of a site.

    Attributes
    ----------
    kind : str
        ``binary``, ``categorical`` or ``real``.
    letters : str
        Letter of code 0, 1, ...; empty for real data. The gap, if there is one, is code 0.
    ambiguous : str
        Letters that stand for several others, or for none known: the policy for unknown residues
        applies to these, anything else is an error.
    """

    kind: str
    letters: str = ""
    ambiguous: str = ""

    @classmethod
    def named(cls, name: str) -> Alphabet:
        """Return the alphabet protein, dna, rna, binary or real, or that of the given letters."""
        if name in _NAMED:
            return cls(*_NAMED[name])
        if closest_name(name, _NAMED):  # a typing error: `proteins` would do as eight letters
            raise ConfigError("dataset", "alphabet", name, accepted=_NAMED)
        letters = str(name).upper()
        if len(letters) < 2 or len(set(letters)) < len(letters) or not letters.isascii():
            raise ConfigError(
                "dataset", "alphabet", name,
                expected=f"one of: {', '.join(_NAMED)}; or two or more distinct letters",
            )  # fmt: skip
        if GAP in letters:
            letters = GAP + letters.replace(GAP, "")
        return cls("binary" if letters == "01" else "categorical", letters, "X?*")

    @classmethod
    def fitting(cls, used: np.ndarray) -> list[str]:
        """Return the names of the alphabets of letters that have all used bytes (bool, (256,))."""
        alphabets = {name: cls(*facts) for name, facts in _NAMED.items()}
        return [
            name
            for name, one in alphabets.items()
            if one.letters
            and not (used & (one.codes_of_bytes == UNKNOWN) & ~one.ambiguous_bytes).any()
        ]

    @classmethod
    def from_metadata(cls, facts: dict[str, Any]) -> Alphabet:
        """Return the alphabet that :meth:`metadata` describes."""
        described = cls(**facts)
        return described if described.name is None else cls.named(described.name)

    @property
    def name(self) -> str | None:
        """``protein``, ``dna`` ...; None for letters of one's own."""
        known = (name for name, facts in _NAMED.items() if facts[:2] == (self.kind, self.letters))
        return next(known, None)

    def metadata(self) -> dict[str, str]:
        """Return a JSON-serialisable description."""
        return {"kind": self.kind, "letters": self.letters}

    @property
    def states(self) -> int:
        """q: number of letters; 0 for real data."""
        return len(self.letters)

    @property
    def has_gap(self) -> bool:
        """Whether code 0 is the gap."""
        return self.letters.startswith(GAP)

    @cached_property
    def codes_of_bytes(self) -> np.ndarray:
        """Code of every byte, uint8, shape (256,), both cases; UNKNOWN outside the alphabet."""
        table = np.full(256, UNKNOWN, dtype=np.uint8)
        for code, letter in enumerate(self.letters):
            table[[ord(letter), ord(letter.lower())]] = code
        if self.has_gap:
            table[ord(".")] = 0
        return table

    @cached_property
    def ambiguous_bytes(self) -> np.ndarray:
        """Whether a byte is one of the ambiguous letters, bool, shape (256,); both cases."""
        table = np.zeros(256, dtype=bool)
        for letter in self.ambiguous:
            table[[ord(letter), ord(letter.lower())]] = True
        return table

    @cached_property
    def bytes_of_codes(self) -> np.ndarray:
        """ASCII letter of every code, uint8, shape (q,)."""
        return np.frombuffer(self.letters.encode("ascii"), np.uint8)
