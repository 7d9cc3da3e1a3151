"""New sequences in the columns of an alignment that stays as it is.

One profile of a whole family is too coarse where subfamilies are aligned each in its own way: a
sequence is placed by the profile of the rows most like it, as in UPP (Nguyen et al. 2015, Genome
Biol. 16:124), which has a profile for each part of an alignment. How well rows held out of the
profiles come back: docs/your_own_family.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from ebmflow.data.aligners.sequences import plain_letters
from ebmflow.data.letters import Letters
from ebmflow.data.profiles import align_to_profile

if TYPE_CHECKING:
    from pyhmmer.plan7 import HMM

NEAREST = 10
# The nearest rows count as two: HMMER's own choice comes to the same and takes ten times as long.
EFFECTIVE_ROWS = 2.0
_GAP = ord("-")


def place_sequences(
    sequences: Sequence[str],
    family: Letters,
    columns: np.ndarray,
    *,
    alphabet: str,
    threads: int = 1,
) -> Letters:
    """Place sequences in some columns of an alignment; residues without a column are left out.

    Each sequence is placed by itself: the result does not depend on the others.

    Parameters
    ----------
    sequences : sequence of str
        Upper-case residues without gaps.
    family : Letters
        The aligned rows, of one width.
    columns : ndarray of int, shape (L,)
        The columns wanted, ascending.
    alphabet : str
        ``protein``, ``dna`` or ``rna``.

    Returns
    -------
    Letters
        Rows of L letters, ``-`` for the gap, in the order given.
    """
    names = [str(number) for number in range(len(sequences))]
    rows = plain_letters(family, alphabet).matrix()
    whole = build_profile(rows, columns, alphabet)
    roughly = Letters.of(align_to_profile(whole, names, sequences, threads=threads)).matrix()
    core = rows[:, columns]

    def place(number: int) -> str:
        like = (core == roughly[number]) & (roughly[number] != _GAP)
        nearest = np.argsort(-like.sum(axis=1), kind="stable")[:NEAREST]
        profile = build_profile(rows[nearest], columns, alphabet, EFFECTIVE_ROWS)
        return align_to_profile(profile, [names[number]], [sequences[number]])[0]

    with ThreadPoolExecutor(threads) as pool:  # pyhmmer works outside the interpreter lock
        return Letters.of(pool.map(place, range(len(sequences))))


def build_profile(
    rows: np.ndarray, columns: np.ndarray, alphabet: str, effective: float | None = None
) -> HMM:
    """Profile of aligned rows whose match columns are the given ones, occupied or not.

    Parameters
    ----------
    rows : ndarray of uint8, shape (n, W)
        Aligned letters as bytes.
    columns : ndarray of int, shape (L,)
    effective : float, optional
        Number of rows that they count as; None: as HMMER decides.
    """
    from pyhmmer.easel import Alphabet, TextMSA, TextSequence
    from pyhmmer.plan7 import Background, Builder

    used = (rows != _GAP).any(axis=0)
    used[columns] = True
    match = np.zeros(rows.shape[1], bool)
    match[columns] = True
    texts = Letters.of_matrix(rows[:, used])
    named = [TextSequence(name=str(number), sequence=text) for number, text in enumerate(texts)]
    msa = TextMSA(name="family", sequences=named)
    msa.reference = "".join(np.where(match[used], "x", "."))
    letters = {"protein": Alphabet.amino, "dna": Alphabet.dna, "rna": Alphabet.rna}[alphabet]()
    # E-values are not asked for, so that their calibration may be rough.
    builder = Builder(
        letters,
        architecture="hand",
        effective_number="entropy" if effective is None else effective,
        EmN=20, EvN=20, EfN=20,
    )  # fmt: skip
    profile, _, _ = builder.build_msa(msa.digitize(letters), Background(letters))
    return profile
