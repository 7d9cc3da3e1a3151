"""Stage `write_manifest`: every final file with checksum, rule, settings and code."""

from __future__ import annotations

import csv
from pathlib import Path

from ebmflow.errors import DataError
from ebmflow.io.atomic import atomic_path
from ebmflow.provenance import file_digest

COLUMNS = ("file", "bytes", "sha256", "rule", "spec_digest", "code")


def write_manifest(*, files: list[Path], manifest: Path, spec: dict[str, dict[str, str]]) -> None:
    """Write the list of final files, tab-separated, sorted by name.

    Parameters
    ----------
    files : list of Path
        Files that exist.
    manifest : Path
        Written, as ``<root>/results/summary/manifest.tsv``: file, relative to the root, bytes,
        sha256, rule, spec_digest, code.
    spec : dict
        File, relative to the root -> ``rule``, ``spec_digest``, ``code``.
    """
    root = manifest.parents[2]
    with atomic_path(manifest) as temporary, open(temporary, "w", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        for file in sorted(files):
            name = file.relative_to(root).as_posix()
            facts = {"file": name, "bytes": file.stat().st_size, "sha256": file_digest(file)}
            table.writerow({**facts, **spec[name]})


def verify_manifest(manifest: Path) -> list[str]:
    """Compare files with a manifest.

    Parameters
    ----------
    manifest : Path
        From :func:`write_manifest`.

    Returns
    -------
    list of str
        One sentence per file that is absent or differs; empty if all is well.
    """
    root, wrong = manifest.resolve().parents[2], []
    for row in read_manifest(manifest):
        path = root / row["file"]
        if not path.is_file():
            wrong.append(f"{row['file']}: is gone")
        elif file_digest(path) != row["sha256"]:
            wrong.append(f"{row['file']}: differs from what rule {row['rule']} wrote")
    return wrong


def read_manifest(manifest: Path) -> list[dict[str, str]]:
    """Rows of a manifest."""
    try:
        with open(manifest, encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
    except (OSError, UnicodeDecodeError) as error:
        found = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise DataError(manifest, found, "a manifest", "finish a study first") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise DataError(manifest, "is no manifest", f"columns {', '.join(COLUMNS)}")
    return rows
