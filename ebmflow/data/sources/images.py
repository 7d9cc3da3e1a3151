"""Pictures in IDX files (MNIST and its relatives), black and white or grey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ebmflow.data.counts import Counts
from ebmflow.data.readers.idx import read_idx
from ebmflow.data.records import Records, stack_records
from ebmflow.data.sources.base import FileOptions, Files, RemoteFile, Source
from ebmflow.data.thresholds import largest_count
from ebmflow.errors import DataError
from ebmflow.options import Scaled
from ebmflow.registry import register

WHITE = 255


@register("source", "images")
class ImageSource(Source):
    """Flattened pictures, rows first; annotations: class, background, source_split.

    For units that are -1 or 1, use binary data and `visible: spin` in the model.
    """

    train_images: FileOptions = Field(description="IDX file of training pictures.")
    train_labels: FileOptions = Field(description="IDX file of their classes.")
    test_images: FileOptions | None = Field(None, description="IDX file of test pictures.")
    test_labels: FileOptions | None = Field(None, description="IDX file of their classes.")
    class_names: tuple[str, ...] = Field(
        (), description="Names of classes 0, 1 ...; empty: the numbers themselves."
    )
    classes: tuple[int, ...] = Field((), description="Numbers of the wanted classes; empty: all.")
    train_rows: Annotated[int | None, Scaled(least=200)] = Field(
        None, ge=1, description="Training pictures, drawn at random from the wanted classes."
    )
    test_rows: Annotated[int | None, Scaled(least=100)] = Field(
        None, ge=1, description="Test pictures, drawn likewise."
    )
    threshold: float | None = Field(
        None, ge=0, lt=1,
        description="A pixel is 1 if its value / 255 is above this; null: grey.",
    )  # fmt: skip
    range: tuple[float, float] | None = Field(
        None, description="Values of black and white pixels of grey pictures; default 0 and 1."
    )
    background: Literal["black", "white", "both"] = Field(
        "black",
        description="`white` inverts all pictures, `both` a random half of them.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> ImageSource:
        if self.threshold is not None and self.range is not None:
            raise ValueError("threshold and range exclude each other")
        if (self.test_images is None) != (self.test_labels is None):
            raise ValueError("test_images and test_labels belong together")
        if self.test_rows is not None and self.test_images is None:
            raise ValueError("test_rows needs test_images")
        return self

    def roles(self) -> dict[str, list[RemoteFile]]:
        pictures, classes = [self.train_images], [self.train_labels]
        if self.test_images is not None:
            pictures.append(self.test_images)
            classes.append(self.test_labels)
        return {
            "images": [file.remote() for file in pictures],
            "image_classes": [file.remote() for file in classes],
        }

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        parts = []
        sides = zip(files["images"], files["image_classes"], strict=True)
        for (pictures, classes), side, rows in zip(
            sides, ("train", "test"), (self.train_rows, self.test_rows), strict=False
        ):
            parts.append(self._read_side(pictures, classes, side, rows, generator))
        return stack_records(parts)

    def _read_side(
        self, pictures: Path, classes: Path, side: str, rows: int | None, generator
    ) -> Records:
        pixels, numbers = read_idx(pictures, 3), read_idx(classes, 1)
        if len(pixels) != len(numbers):
            raise DataError(
                pictures, f"{len(pixels)} pictures, whereas {classes} has {len(numbers)} classes",
                "equal numbers", "check that the files belong together",
            )  # fmt: skip
        chosen = self._chosen(numbers, rows, generator, pictures)
        shape = pixels.shape[1:]
        pixels = pixels[chosen].reshape(len(chosen), -1)
        inverted = self._inverted(len(chosen), generator)
        pixels = np.where(inverted[:, None], WHITE - pixels, pixels).astype(np.uint8, copy=False)
        counts = Counts()
        reason = "not drawn, or not of the wanted classes"
        counts.step(
            "read", len(numbers), {reason: len(numbers) - len(chosen)},
            sites_out=pixels.shape[1], note=f"{pictures.name}, {shape[0]} x {shape[1]} pixels",
        )  # fmt: skip
        notes = {
            "class": [self._name(number, classes) for number in numbers[chosen]],
            "background": np.where(inverted, "white", "black"),
            "source_split": [side] * len(chosen),
        }
        return Records(
            names=[f"{side}_{row + 1}" for row in chosen], codes=self._values(pixels),
            annotations=pd.DataFrame(notes, dtype=object), counts=counts, origin=str(pictures),
        )  # fmt: skip

    def _chosen(
        self, numbers: np.ndarray, rows: int | None, generator: np.random.Generator, path: Path
    ) -> np.ndarray:
        wanted = np.isin(numbers, self.classes) if self.classes else np.ones(len(numbers), bool)
        places = np.flatnonzero(wanted)
        if not len(places) or (rows is not None and rows > len(places)):
            raise DataError(
                path, f"{len(places)} pictures of the wanted classes",
                f"{rows or 1} or more", "change classes, train_rows or test_rows",
            )  # fmt: skip
        return places if rows is None else np.sort(generator.choice(places, rows, replace=False))

    def _inverted(self, rows: int, generator: np.random.Generator) -> np.ndarray:
        inverted = np.full(rows, self.background == "white")
        if self.background == "both":
            inverted[generator.permutation(rows)[: rows // 2]] = True
        return inverted

    def _values(self, pixels: np.ndarray) -> np.ndarray:
        if self.threshold is not None:
            return (pixels > largest_count(self.threshold, WHITE)).astype(np.uint8)
        low, high = self.range or (0.0, 1.0)
        return (low + (high - low) * (pixels / WHITE)).astype(np.float32)

    def _name(self, number: int, path: Path) -> str:
        if not self.class_names:
            return str(number)
        if number >= len(self.class_names):
            raise DataError(path, f"class {number}", f"a number below {len(self.class_names)}")
        return self.class_names[number]
