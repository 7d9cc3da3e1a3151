"""Faces of CelebA as black and white pictures with attributes.

The archive is offered through a file-sharing site that refuses most programs, so there is no
address here: download ``img_align_celeba.zip`` and ``list_attr_celeba.txt`` by hand and put them
into the mirror. Pictures are read from the archive; nothing is unpacked.

Source: Liu, Luo, Wang, Tang 2015, ICCV. Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023 (Phys. Rev.
X) state 64 x 64 black and white pixels but no threshold; here every picture is cut at its own
median, so that dark and bright photographs alike are half white.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.fetching.archives import DAMAGES
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.readers.base import as_text, read_bytes
from ebmflow.data.sources.base import FileOptions, Files, Records, Source
from ebmflow.errors import DataError
from ebmflow.options import Scaled
from ebmflow.registry import register

log = logging.getLogger(__name__)

PICTURES = FileOptions(name="img_align_celeba.zip")
ATTRIBUTES = FileOptions(name="list_attr_celeba.txt")
_BLOCK = 2048  # pictures decoded at a time
_THREADS = 4  # decoding leaves the interpreter lock; more threads wait for the archive


@register("source", "celeba")
class CelebA(Source):
    """CelebA pictures, grey, cut to a square, reduced, black and white."""

    pictures: FileOptions = Field(PICTURES, description="Zip archive of JPEG files.")
    attributes: FileOptions = Field(ATTRIBUTES, description="Table of attributes, -1 or 1.")
    labels: tuple[str, ...] = Field(
        ("Eyeglasses", "Smiling"), description="Attributes that become annotation columns."
    )
    side: int = Field(64, ge=2, description="Pixels of a side.")
    rows: Annotated[int | None, Scaled(least=200)] = Field(
        None, ge=1, description="Number of pictures, drawn at random; null: all."
    )

    def roles(self) -> dict[str, list[RemoteFile]]:
        return {
            "pictures": [self.pictures.remote()],
            "attributes": [self.attributes.remote()],
        }

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        table = read_attributes(files["attributes"][0])
        absent = [label for label in self.labels if label not in table]
        if absent:
            known = ", ".join(table.columns)
            raise DataError(
                files["attributes"][0], f"no attribute {absent[0]!r}", f"one of {known}"
            )
        counts = Counts()
        pictures = len(table)
        if self.rows is not None and self.rows < pictures:
            chosen = np.sort(generator.choice(len(table), self.rows, replace=False))
            table = table.iloc[chosen]
        archive = files["pictures"][0]
        codes = np.concatenate(list(self._blocks(archive, list(table.index))))
        annotations = pd.DataFrame(
            {label: np.where(table[label] > 0, label, f"no {label}") for label in self.labels}
        )
        left = pictures - len(table)
        dropped = {"not drawn": left} if left else {}
        counts.step("read", pictures, dropped, sites_out=codes.shape[1])
        names = [name.removesuffix(".jpg") for name in table.index]
        return Records(
            names, codes=codes, annotations=annotations, counts=counts, origin=str(archive)
        )

    def _blocks(self, archive: Path, names: list[str]) -> Iterator[np.ndarray]:
        try:
            with zipfile.ZipFile(archive) as box, ThreadPoolExecutor(_THREADS) as pool:
                members = {Path(member).name: member for member in box.namelist()}
                for start in range(0, len(names), _BLOCK):
                    block = names[start : start + _BLOCK]
                    pictures = pool.map(
                        lambda name: self._picture(box.read(members[name]), name), block
                    )
                    yield np.stack(list(pictures))
                    log.info("%d of %d pictures", start + len(block), len(names))
        except KeyError as error:
            raise DataError(
                archive, f"has no picture {error}", "all pictures of the table"
            ) from error
        except (*DAMAGES, OSError) as error:
            raise DataError(archive, f"damaged archive ({error})", "a zip archive") from error

    def _picture(self, content: bytes, name: str) -> np.ndarray:
        from PIL import Image

        try:
            with Image.open(io.BytesIO(content)) as picture:
                grey = picture.convert("L")
        except (*DAMAGES, OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(f"picture {name}", f"cannot be read ({error})") from error
        side = min(grey.size)
        left, top = (grey.width - side) // 2, (grey.height - side) // 2
        square = grey.crop((left, top, left + side, top + side))
        values = np.asarray(square.resize((self.side, self.side), Image.Resampling.BOX))
        return (values > np.median(values)).astype(np.uint8).reshape(-1)


def read_attributes(path: Path) -> pd.DataFrame:
    """Read the table of attributes: int8, one row per picture, indexed by file name.

    First line: number of pictures; second: names of attributes; then a file name and one -1 or 1
    per attribute, separated by runs of blanks.
    """
    lines = as_text(read_bytes(path, "CelebA's table of attributes")).strip("\n").split("\n")
    stated = lines[0].strip()
    if not stated.isdigit() or len(lines) < 2:
        raise DataError(f"{path}, line 1", f"found {stated[:30]!r}", "the number of pictures")
    names, index, values = lines[1].split(), [], []
    pattern = re.compile(rf"(\S+)((?:\s+-?1){{{len(names)}}})\s*")
    for number, line in enumerate(lines[2:], 3):
        match = pattern.fullmatch(line)
        if match is None:
            expected = f"a file name and {len(names)} values -1 or 1"
            raise DataError(f"{path}, line {number}", f"found {line[:40]!r}", expected)
        index.append(match[1])
        values.append(np.array(match[2].split(), dtype=np.int8))
    if len(index) != int(stated):
        raise DataError(path, f"holds {len(index)} pictures", f"{stated}, as its first line states")
    return pd.DataFrame(np.stack(values), index=index, columns=names)
