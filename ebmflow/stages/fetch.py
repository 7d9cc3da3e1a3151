"""Stage `fetch`: get the files of one role, and record what they are and where they came from."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ebmflow.data.fetching.fetcher import Fetcher
from ebmflow.data.fetching.http import HttpClient
from ebmflow.data.roles import remote_files
from ebmflow.errors import DataError
from ebmflow.io.atomic import write_text
from ebmflow.options import Component

log = logging.getLogger(__name__)


_PARTS = {
    "source": TypeAdapter(Component["source"]),
    "align": TypeAdapter(Component["aligner"]),
    "labels": TypeAdapter(Component["labeller"]),
}


def fetch(
    *,
    fetched: Path,
    spec: dict[str, Any],
    role: str,
    downloads: Path = Path("resources/downloads"),
    mirror: Path | None = None,
    threads: int = 1,
    client: HttpClient | None = None,
) -> None:
    """Fetch all files of a role.

    Parameters
    ----------
    fetched : Path
        Written, JSON: role, and for each file its path, sha256, bytes, source and whether a
        checksum was declared for it (pinned). No times: those are in the log, so that the record
        of unchanged files is unchanged.
    spec : dict
        The part of the dataset file that needs the role, and nothing else: one of ``source``,
        ``align``, ``labels`` -> ``{kind, options}``.
    role : str
        One of the component's roles.
    downloads : Path
        Folder of downloaded files, shared by all datasets.
    mirror : Path, optional
        Folder searched before anything else; default is the environment variable EBMFLOW_MIRROR.
    threads : int
        For files that have to be computed, such as an alignment of member sequences.
    client : HttpClient, optional
        Replaced in tests.
    """
    fetcher = Fetcher(downloads, mirror, client, threads)
    files = []
    ((part, options),) = spec.items()
    for remote in remote_files(_PARTS[part].validate_python(options), role):
        found = fetcher.fetch(remote)
        log.info("%s: %s, %d bytes, from %s", remote.name, found.path, found.bytes, found.source)
        if remote.sha256 is None and found.source not in ("path", "downloads"):
            log.info(
                "%s: no checksum is declared; its content was checked by form only", remote.name
            )
        files.append({**found.record(), "pinned": remote.sha256 is not None})
    record = {"role": role, "files": files}
    write_text(fetched, json.dumps(record, indent=1, sort_keys=True) + "\n")


def read_fetched(path: Path) -> list[Path]:
    """Return the paths in a record written by :func:`fetch`, in order; they must still exist."""
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        paths = [Path(entry["path"]) for entry in record["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(path, f"is no record of fetched files ({error})", "", "rerun") from error
    for file in paths:
        if not file.exists():
            raise DataError(
                file, f"is gone, though {path} names it", "", f"delete {path} and rerun"
            )
    return paths
