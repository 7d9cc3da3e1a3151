"""Letters to codes and back, by lookup tables."""

from __future__ import annotations

import numpy as np

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.letters import Letters


def encode(rows: Letters, alphabet: Alphabet) -> np.ndarray:
    """Return codes, uint8, shape (n, L); letters outside the alphabet get code 255."""
    return alphabet.codes_of_bytes[Letters.of(rows).matrix()]


def decode(codes: np.ndarray, alphabet: Alphabet) -> Letters:
    """Return the letters of codes, shape (n, L)."""
    return Letters.of_matrix(alphabet.bytes_of_codes[codes])
