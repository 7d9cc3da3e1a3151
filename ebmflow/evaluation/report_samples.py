"""The samples that the report offers for download: which ones, and as FASTA or TSV text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ebmflow.evaluation.encodings import Categorical
from ebmflow.evaluation.neighbours import nearest_in
from ebmflow.evaluation.rows import RowSet, row_keys
from ebmflow.evaluation.snapshots import Snapshot, label_groups, shared_labels

MOST = 100
RULE = (
    "Rows of the last training age at the trained generation time, without duplicates, without "
    "copies of training rows, and only those for which the model predicts the requested label "
    "back; lowest free energy first where the model has one, otherwise in the order of the chains; "
    f"at most {MOST} for each label. A low free energy means that the model finds the row "
    "probable; it measures neither stability nor activity. The files give it, and the number of "
    "sites in which a row differs from the nearest training row (differs): rows that differ in few "
    "tell little new, rows that differ in more than held-out ones do (figure of distances) are "
    "guesses."
)
GAP = "-"


class Selection(NamedTuple):
    """Chosen rows of one label.

    Attributes
    ----------
    label : str
    codes : ndarray of uint8, shape (n, L)
    chain : ndarray of int, shape (n,)
    free_energy : ndarray of float64, shape (n,)
        Nats; NaN where the model has no energy.
    differs : ndarray of float, shape (n,)
        Sites that differ from the nearest training row of any label.
    candidates : int
        Rows generated for the label.
    """

    label: str
    codes: np.ndarray
    chain: np.ndarray
    free_energy: np.ndarray
    differs: np.ndarray
    candidates: int


def best_samples(
    snapshot: Snapshot, label_names: list[str], known: np.ndarray, *, most: int = MOST
) -> list[Selection]:
    """Return the best rows of each label by the rule `RULE`.

    Parameters
    ----------
    snapshot : Snapshot
        Samples of one age and time.
    known : ndarray of uint8, shape (n, L)
        Training rows.
    """
    columns = snapshot.columns
    keys = row_keys(columns["codes"])
    fresh = ~np.isin(keys, row_keys(known))
    if "predicted" in columns:
        free = columns["requested"] < 0
        fresh &= free | (columns["predicted"] == columns["requested"])
    states = 1 + int(max(columns["codes"].max(initial=0), known.max(initial=0)))
    encoding = Categorical(known.shape[1], states)
    training = RowSet.plain(known, encoding)
    chosen = []
    label_names = shared_labels(columns["label"], label_names)
    for label, mask in label_groups(columns["label"], label_names):
        rows = np.flatnonzero(mask & fresh)
        energy = columns["free_energy"][rows]
        rows = rows[np.argsort(energy, kind="stable")]  # NaN sorts last and keeps its order
        _, first = np.unique(keys[rows], return_index=True)
        rows = rows[np.sort(first)][:most]
        chosen.append(
            Selection(
                label,
                columns["codes"][rows],
                columns["chain"][rows],
                columns["free_energy"][rows],
                nearest_in(RowSet.plain(columns["codes"][rows], encoding), training).distance,
                int(mask.sum()),
            )
        )
    return chosen


def sequences(codes: np.ndarray, letters: str) -> list[str]:
    """Return rows of codes as strings of letters."""
    table = np.frombuffer(letters.encode("ascii"), dtype=np.uint8)
    return [row.tobytes().decode("ascii") for row in table[codes]]


def has_sequences(alphabet: dict[str, Any]) -> bool:
    """Whether rows are sequences in the sense of FASTA: letters, not numbers."""
    return (
        alphabet["kind"] == "categorical" and str(alphabet.get("letters", "")).strip(GAP).isalpha()
    )


def fasta_text(chosen: Selection, letters: str, prefix: str) -> str:
    """Return FASTA text, gaps removed, 80 letters a line."""
    lines = []
    for sequence, chain, energy, differs in _rows(chosen, letters):
        note = "" if np.isnan(energy) else f" free_energy={energy:.3f}"
        lines.append(f">{prefix}|{_word(chosen.label)}|chain-{chain} differs={differs:.0f}{note}")
        plain = sequence.replace(GAP, "")
        lines += [plain[start : start + 80] for start in range(0, len(plain), 80)]
    return "\n".join(lines) + "\n" if lines else ""


def tsv_text(chosen: Selection, letters: str) -> str:
    """Return tab-separated text: label, chain, free energy (nats), differing sites, row."""
    lines = ["label\tchain\tfree_energy\tdiffers\trow"]
    label = " ".join(chosen.label.split())
    for sequence, chain, energy, differs in _rows(chosen, letters):
        shown = "" if np.isnan(energy) else f"{energy:.4f}"
        lines.append(f"{label}\t{chain}\t{shown}\t{differs:.0f}\t{sequence}")
    return "\n".join(lines) + "\n"


def _rows(chosen: Selection, letters: str) -> Iterator[tuple[str, int, float, float]]:
    texts = sequences(chosen.codes, letters)
    return zip(texts, chosen.chain, chosen.free_energy, chosen.differs, strict=True)


def _word(text: str) -> str:
    """Return text without white space and separators, fit for a FASTA header."""
    return "_".join(text.replace("|", "_").split())
