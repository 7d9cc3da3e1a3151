"""Small files that come with the project; resources/embedded/README.md tells their origin."""

from __future__ import annotations

from pathlib import Path

from ebmflow.errors import DataError

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "embedded"


def embedded_file(name: str) -> Path:
    """Return the path of an embedded file.

    Raises
    ------
    DataError
        If there is no such file; the message lists those there are.
    """
    path = FOLDER / name
    if Path(name).name != name or not path.is_file():
        known = ", ".join(
            sorted(p.name for p in FOLDER.glob("*") if p.suffix in (".parquet", ".tsv"))
        )
        raise DataError(path, "no such embedded file", f"one of: {known or 'none'}")
    return path
