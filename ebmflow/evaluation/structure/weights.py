"""Weights of pretrained models: where they are, which ones they are, whether they were trained."""

from __future__ import annotations

import functools
import hashlib
from importlib import metadata
from pathlib import Path

from ebmflow.evaluation.structure.base import Prediction
from ebmflow.evaluation.structure.workers.fold_fair_esm import is_shortage

BLOCK = 64 * 1024
BLOCKS = 256
# Written by training tools beside the weights; they change no prediction.
WEIGHT_SUFFIXES = {".json", ".safetensors", ".bin", ".pt"}


def files_digest(paths: list[Path]) -> str:
    """Return a digest of names, sizes and contents of files of weights.

    Of a large file 256 blocks spread over its length count: reading all of eight gigabytes would
    take as long as loading them, and training changes every block.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        size = path.stat().st_size
        digest.update(f"{path.name}\x1f{size}\x1f".encode())
        with open(path, "rb") as stream:
            for place in range(BLOCKS):
                stream.seek(max(BLOCK * place, (size - BLOCK) * place // (BLOCKS - 1)))
                digest.update(stream.read(BLOCK))
    return digest.hexdigest()[:16]


def folder_digest(folder: Path) -> str:
    """Return the digest of a saved model."""
    return files_digest([one for one in folder.iterdir() if one.suffix in WEIGHT_SUFFIXES])


def identity(weights: str, revision: str | None) -> str:
    """Return a text that says which weights these are: content of a folder, or commit of the hub.

    Weights that are nowhere at hand have an identity too, which no cached result has.
    """
    folder = Path(weights)
    if folder.is_dir():
        return f"folder {folder_digest(folder)}"
    return f"{weights}@{_hub_commit(weights, revision)}"


@functools.cache  # a hub that does not answer is asked once
def _hub_commit(name: str, revision: str | None) -> str:
    try:
        from transformers.utils.hub import cached_file, extract_commit_hash

        found = cached_file(name, "config.json", revision=revision)
    except (ImportError, OSError, ValueError):
        return "absent"
    return extract_commit_hash(str(found), None) or "unknown"


def version(package: str) -> str:
    """Return the version of an installed package, or ``absent``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def loading_failed(error: Exception, weights: str) -> Prediction:
    """Return what becomes of every sequence when a model cannot be loaded, with the reason."""
    said = " ".join(str(error).split())[:200]
    if isinstance(error, ImportError):
        reason = f"a package is missing ({said}): pip install 'ebmflow[fold]'"
        return Prediction("unavailable", reason=reason)
    if is_shortage(error):
        return Prediction("oom", reason=f"the weights of {weights} do not fit into memory ({said})")
    where = f"in the folder {weights}" if Path(weights).exists() else f"of {weights} at hand"
    advice = "set `weights:` to a saved model, see docs/structure.md"
    return Prediction("no_weights", reason=f"no usable weights {where}; {advice} ({said})")
