"""Find a file: mirror, local path, earlier download, then the internet.

Files in the mirror and at a local path are used in place, never copied. Downloads are written under
a temporary name, checked, and renamed; a lock keeps two jobs from writing one file.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from ebmflow.data.fetching.archives import extract_member
from ebmflow.data.fetching.checks import digest, fault
from ebmflow.data.fetching.http import HttpClient
from ebmflow.data.fetching.remote import FetchedFile, Origin, RemoteFile
from ebmflow.data.fetching.transport import Failure, shown
from ebmflow.errors import FetchError, closest_name
from ebmflow.io.atomic import write_text
from ebmflow.provenance import short_path

log = logging.getLogger(__name__)

MIRROR_VARIABLE = "EBMFLOW_MIRROR"


@dataclass(frozen=True)
class UrlOrigin:
    """A file behind one address."""

    url: str

    @property
    def address(self) -> str:
        return shown(self.url)

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Download, continuing a partial file of an earlier run."""
        fetcher.client.download(self.url, part, limit)


class Fetcher:
    """Get wanted files.

    Parameters
    ----------
    downloads : Path
        Folder of downloaded files.
    mirror : Path, optional
        Folder searched first, at any depth; default is the environment variable EBMFLOW_MIRROR.
    client : HttpClient, optional
    threads : int
        Processor cores that origins which compute may use.
    """

    def __init__(
        self,
        downloads: str | Path,
        mirror: str | Path | None = None,
        client: HttpClient | None = None,
        threads: int = 1,
    ) -> None:
        self.downloads = Path(downloads)
        mirror = mirror or os.environ.get(MIRROR_VARIABLE) or None
        self.mirror = Path(mirror) if mirror else None
        self.client = client or HttpClient()
        self.threads = threads
        self._index: dict[str, list[Path]] | None = None

    def fetch(self, remote: RemoteFile) -> FetchedFile:
        """Return the file from the first place that has it.

        Raises
        ------
        FetchError
            Naming the file, every place tried with its reason, and the folder to put it into.
        """
        _check_name(remote.name)
        _check_name(remote.folder or remote.name)
        reasons: list[str] = []
        found = self._find_here(remote, reasons) or self._download(remote, reasons)
        if not remote.member:
            return found
        folder = self.downloads / f"{remote.name}.contents" / found.sha256[:12]
        path = extract_member(Path(found.path), remote.member, folder, remote.size_limit)
        return _record(path, f"{found.source}, member {remote.member}")

    def mirrored_file(self, name: str) -> Path | None:
        """Return the file of that name (or ``name.gz``) in the mirror, or None."""
        paths = self._mirrored(name, [])
        return Path(_one_of(paths).path) if paths else None

    def _find_here(self, remote: RemoteFile, reasons: list[str]) -> FetchedFile | None:
        mirrored = [
            p for p in self._mirrored(remote.name, reasons) if self._usable(p, remote, reasons)
        ]
        if mirrored:
            return _one_of(mirrored)
        if remote.path is not None and self._usable(remote.path, remote, reasons):
            return _record(remote.path, "path")
        return self._downloaded(remote, reasons)

    def _mirrored(self, name: str, reasons: list[str]) -> list[Path]:
        if self.mirror is None:
            reasons.append("no mirror is set")
            return []
        if self._index is None:
            self._index = _index(self.mirror)
        variants = (name, f"{name}.gz", name.removesuffix(".gz"))
        paths = next((self._index[n] for n in variants if n in self._index), [])
        if not paths:
            reasons.append(f"not in the mirror {self.mirror}")
        return paths

    @staticmethod
    def _usable(path: Path, remote: RemoteFile, reasons: list[str]) -> bool:
        try:
            wrong = fault(path, remote.sha256, () if remote.member else remote.starts)
        except OSError as error:
            wrong = error.strerror or type(error).__name__
        if wrong:
            reasons.append(f"{path}: {wrong}")
            log.warning("%s is not used: %s", path, wrong)
        return not wrong

    def _place(self, remote: RemoteFile) -> Path:
        return self.downloads / remote.folder / remote.name

    def _downloaded(self, remote: RemoteFile, reasons: list[str]) -> FetchedFile | None:
        """Return an earlier download, or a file that somebody put into the folder."""
        path = self._place(remote)
        if not path.exists() or not self._usable(path, remote, reasons):
            return None
        found = _record(path, "downloads")
        try:
            noted = json.loads(_notes(path).read_text(encoding="utf-8"))
            sha256, source = noted["sha256"], noted["source"]
        except (OSError, ValueError, KeyError, TypeError):
            return found
        if sha256 != found.sha256:
            reasons.append(f"{path}: changed since it was downloaded")
            return None
        if source not in {origin.address for origin in _origins(remote)}:
            raise FetchError(
                path,
                f"was downloaded from {source}, which is no address of this file",
                "one file per name",
                "delete it, or give the files different names",
            )
        return FetchedFile(found.path, found.sha256, found.bytes, source)

    def _download(self, remote: RemoteFile, reasons: list[str]) -> FetchedFile:
        origins = _origins(remote)
        if not origins:
            raise self._not_found(remote, reasons)
        target = self._place(remote)
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(target.with_name(f".{remote.name}.lock"))
        try:
            with lock.acquire(timeout=self.client.patience.lock):
                # Another job may have finished the download while we waited.
                found = self._downloaded(remote, [])
                return found or self._try_origins(remote, origins, target, reasons)
        except filelock.Timeout as error:
            raise FetchError(
                target, f"another job has been writing it for {self.client.patience.lock:g} s"
            ) from error

    def _try_origins(
        self, remote: RemoteFile, origins: list[Origin], target: Path, reasons: list[str]
    ) -> FetchedFile:
        part = target.with_name(f".{remote.name}.part")
        for origin in origins:
            log.info("%s: trying %s", remote.name, origin.address)
            try:
                origin.obtain(part, self, remote.size_limit)
                wrong = fault(part, remote.sha256, () if remote.member else remote.starts)
                if wrong:
                    part.unlink()
                    raise Failure(wrong)
            except Failure as failure:
                log.warning("%s: %s", origin.address, failure)
                reasons.append(f"{origin.address}: {failure}")
                continue
            return _keep(part, target, origin)
        raise self._not_found(remote, reasons)

    def _not_found(self, remote: RemoteFile, reasons: list[str]) -> FetchError:
        if remote.path is not None and not _origins(remote):
            # A file of the user's own: nobody else has it.
            here = [reason for reason in reasons if reason.startswith(f"{remote.path}: ")]
            return FetchError(remote.path, *_about_local(remote.path, here))
        where = self.mirror or self._place(remote).parent
        return FetchError(
            remote.name,
            "could not be had: " + "; ".join(reasons),
            f"sha256 {remote.sha256}" if remote.sha256 else "",
            f"put the file into {where} under this name and rerun",
        )


def _origins(remote: RemoteFile) -> list[Origin]:
    return [*(UrlOrigin(url) for url in remote.urls), *remote.fallbacks]


def _about_local(path: Path, reasons: list[str]) -> tuple[str, str, str]:
    """What was found, what was expected and what to do, for a file on this machine."""
    if path.exists():
        found = reasons[0].removeprefix(f"{path}: ") if reasons else "cannot be used"
        return found, "a file with data", "correct the file, or its path in the dataset file"
    folder = path.parent
    beside = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    near = closest_name(path.name, beside)
    if near:
        return "is absent", "a file", f"Did you mean {near!r}?"
    what = (
        "correct the path" if folder.is_dir() else f"there is no folder {folder}: correct the path"
    )
    return (
        "is absent",
        "a file",
        f"{what} in the dataset file; it counts from the working directory",
    )


def _check_name(name: str) -> None:
    if not name or Path(name).name != name or name.startswith(".") or "\\" in name:
        raise FetchError(f"file name {name!r}", "cannot be used", "a plain name without folders")


def _index(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise FetchError(folder, "the mirror is no folder", "", "correct the setting `mirror`")
    index: dict[str, list[Path]] = {}
    for path in sorted(_files_below(folder)):
        index.setdefault(path.name, []).append(path)
    return index


def _files_below(folder: Path) -> Iterator[Path]:
    """Files at any depth, in linked folders too; each folder once, as links may form a circle."""
    seen: set[Path] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        if (real := Path(place).resolve()) in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from (path for name in names if (path := Path(place, name)).is_file())


def _one_of(paths: list[Path]) -> FetchedFile:
    """Return the only content among mirrored files of one name."""
    records = [_record(path, "mirror") for path in paths]
    if len({record.sha256 for record in records}) > 1:
        raise FetchError(
            f"file name {paths[0].name!r}",
            "different files of this name are in the mirror: " + ", ".join(map(str, paths)),
            "one content per name",
            "declare the sha256 of the one that is meant",
        )
    return records[0]


def _record(path: Path, source: str) -> FetchedFile:
    return FetchedFile(str(short_path(path)), digest(path), path.stat().st_size, source)


def _notes(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _keep(part: Path, target: Path, origin: Origin) -> FetchedFile:
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    facts = {"sha256": digest(part), "source": origin.address}
    # Notes first: if the process dies between the two steps, a file without a download is found
    # missing, while a download without notes would pass for one that was put there by hand.
    write_text(_notes(target), json.dumps(facts))
    os.replace(part, target)
    return FetchedFile(
        str(short_path(target)), facts["sha256"], target.stat().st_size, facts["source"]
    )
