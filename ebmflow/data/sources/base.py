"""The interface of a source, and the options that describe a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
from pydantic import Field, GetJsonSchemaHandler, model_validator

from ebmflow.data.fetching.remote import DEFAULT_LIMIT, RemoteFile
from ebmflow.data.records import Records
from ebmflow.options import Options

__all__ = ["FileOptions", "Records", "RemoteFile", "Source"]

Files = Mapping[str, list[Path]]


class FileOptions(Options):
    """A file: on this machine, in the mirror, or on the internet. A bare path or URL will do."""

    path: Path | None = Field(None, description="Where the file lies on this machine.")
    urls: tuple[str, ...] = Field((), description="Addresses, tried in order.")
    name: str = Field("", description="File name in the mirror; default: end of the path or URL.")
    sha256: str | None = Field(None, description="Checksum of the file, gzipped or not.")
    size_limit: int = Field(DEFAULT_LIMIT, gt=0, description="Largest acceptable size, bytes.")
    folder: str = Field(
        "",
        description="Folder among the downloads, for a file whose name other files have as well.",
    )
    member: str = Field("", description="Wanted member if the file is an archive.")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        # The schema knows the shorthands too: a bare path or address, and `url` for one address.
        described = handler.resolve_ref_schema(handler(schema))
        described["properties"]["url"] = {"type": "string", "description": "The only address."}
        return {"anyOf": [{"type": "string"}, described]}

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, (str, Path)):
            text = str(value)
            web = text.startswith(("http://", "https://"))
            if "://" in text and not web:
                raise ValueError("a path, or an address that begins with http:// or https://")
            return {"urls": (text,)} if web else {"path": text}
        if isinstance(value, dict) and "url" in value:
            value = dict(value)
            value["urls"] = (value.pop("url"), *value.get("urls", ()))
        return value

    @model_validator(mode="after")
    def _has_a_place(self) -> FileOptions:
        if not (self.path or self.urls or self.name):
            raise ValueError("one of path, urls, name is needed")
        return self

    def remote(self, starts: tuple[bytes, ...] = ()) -> RemoteFile:
        """Return what the fetcher understands; `starts` are the accepted first bytes."""
        name = self.name or (self.path and self.path.name)
        name = name or PurePosixPath(unquote(urlsplit(self.urls[0]).path)).name or "download"
        return RemoteFile(
            name=name,
            urls=self.urls,
            path=self.path,
            sha256=self.sha256,
            size_limit=self.size_limit,
            starts=starts,
            member=self.member,
            folder=self.folder,
        )


class Source(Options, ABC):
    """Where the rows of a dataset come from. Options are the fields of the subclass.

    Attributes
    ----------
    parameter : str
        What the exact values of :meth:`observables` depend on; empty where none are known.
    parameter_column : str
        Annotation that holds it.
    """

    parameter: ClassVar[str] = ""
    parameter_column: ClassVar[str] = ""

    def roles(self) -> dict[str, list[RemoteFile]]:
        """Return the files that must be fetched first, by role; generators need none."""
        return {}

    def observables(self, records: Records) -> pd.DataFrame:
        """Compare generated rows with exact results; for sources with a `parameter`.

        Returns
        -------
        DataFrame
            Columns observable, parameter, measured, standard_error, n, finite, infinite; lines with
            n = 0 are points of the exact curves.
        """
        raise NotImplementedError(f"no exact results are known for {self.kind}")

    def observables_of(self, codes: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        """Return :meth:`observables` of rows (n, sites) at values (n,) of the parameter."""
        raise NotImplementedError(f"no exact results are known for {self.kind}")

    @property
    def parameter_values(self) -> tuple[float, ...]:
        """Values of the parameter at which rows are made."""
        return ()

    @property
    def parameter_family(self) -> str:
        """Name shared by sources that differ in the parameter only; empty without parameter."""
        return ""

    def expected_released_weight(self, values: np.ndarray, order: np.ndarray) -> np.ndarray | None:
        """Return the weight expected of a released unit, from parameter and order; if known."""
        return None

    @abstractmethod
    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        """Return the rows.

        Parameters
        ----------
        files : mapping of list of Path
            Fetched files by role, in the order of :meth:`roles`.
        generator : numpy.random.Generator
            Of the dataset's own stream; the only randomness.
        dataset_dir : Path
            Folder for what the source wants to keep between runs (``results/data/<dataset>``).
        """
