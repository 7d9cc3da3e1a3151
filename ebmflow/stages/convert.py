"""Stage `convert`: model files of other programs to ours, and back."""

from __future__ import annotations

from pathlib import Path

from ebmflow.errors import ConfigError
from ebmflow.io.exchange import adabmdca, annadca, rbms
from ebmflow.io.model_file import load_model, save_model

READERS = {
    "ebmflow": lambda path, alphabet, update: load_model(path),
    "rbms": rbms.read,
    "annadca": annadca.read,
    "adabmdca": adabmdca.read,
}
WRITERS = {
    "ebmflow": lambda path, model, metadata, alphabet: save_model(path, model, metadata),
    "rbms": rbms.write,
    "annadca": annadca.write,
}


def convert(
    *,
    source: Path,
    source_format: str,
    target: Path,
    target_format: str = "ebmflow",
    alphabet: str | None = None,
    update: int | None = None,
) -> None:
    """Read a model in one format and write it in another; parameters keep their gauge.

    Parameters
    ----------
    source, target : Path
    source_format : str
        ``ebmflow``, ``rbms``, ``annadca`` or ``adabmdca``.
    target_format : str
        ``ebmflow``, ``rbms`` or ``annadca``.
    alphabet : str, optional
        protein, dna, rna, or the letters in the order of the other program's states.
    update : int, optional
        Which of several ages in the source; the last by default.
    """
    for known, asked, key in (
        (READERS, source_format, "--from"),
        (WRITERS, target_format, "--to"),
    ):
        if asked not in known:
            raise ConfigError("command line", key, asked, accepted=sorted(known))
    model, metadata = READERS[source_format](Path(source), alphabet, update)
    WRITERS[target_format](Path(target), model, metadata, alphabet)
