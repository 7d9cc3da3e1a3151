"""Figures as the report embeds them: vectors, or pixels where vectors would make it heavy."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

from ebmflow.errors import CheckpointError
from ebmflow.evaluation.report import PictureFacts
from ebmflow.evaluation.report_places import identify
from ebmflow.figures.captions import describe

VECTOR_LIMIT = 600_000  # bytes; a larger SVG is replaced by its PNG where that is smaller
# Bytes of all pictures of a page, above which each is embedded as small as it gets.
PAGE_LIMIT = 20_000_000
COLOURS = 256
MEDIA = {".svg": "image/svg+xml", ".png": "image/png"}
SVG_SIZE = re.compile(rb'width="([\d.]+)pt" height="([\d.]+)pt"')  # as matplotlib writes it


def read_pictures(figures: list[Path]) -> list[PictureFacts]:
    """Read one picture per figure as data URI, in the order of `figures`.

    SVG, or the PNG beside it where the SVG is large. Where they would make the page heavy all
    together, the smallest of SVG, PNG and the PNG with a palette of 256 colours.
    """
    chosen = _distinct(figures)
    heavy = sum(_lighter(path).stat().st_size for path in chosen) > PAGE_LIMIT
    return [read_picture(path, heavy) for path in chosen]


def _distinct(figures: list[Path]) -> list[Path]:
    """One file per figure, SVG before PNG, order kept."""
    chosen: dict[Path, Path] = {}
    for path in map(Path, figures):
        stem = path.with_suffix("")
        if stem not in chosen or path.suffix == ".svg":
            chosen[stem] = path
    return list(chosen.values())


def _lighter(path: Path) -> Path:
    """The file itself, or its PNG where that is much smaller."""
    twin = path.with_suffix(".png")
    if path.stat().st_size > VECTOR_LIMIT and twin.is_file():
        return min(path, twin, key=lambda one: one.stat().st_size)
    return path


def read_picture(path: Path, smallest: bool = False) -> PictureFacts:
    """Read a picture as data URI, as it is or as small as it gets."""
    place = identify(path)
    path = _lighter(path)
    if path.suffix not in MEDIA:
        raise CheckpointError(path, "is no picture the report can embed", "a .svg or .png file")
    picture, media = path.read_bytes(), MEDIA[path.suffix]
    pixels = path.with_suffix(".png")
    if smallest and pixels.is_file():
        few = with_palette(pixels.read_bytes())
        if len(few) < len(picture):
            picture, media = few, MEDIA[".png"]
    content = base64.b64encode(picture).decode("ascii")
    # The same figure name means a comparison of models where it belongs to no single one.
    name = place.name if place.model or place.name != "quality" else "compare_quality"
    address = f"data:{media};base64,{content}"
    return PictureFacts(place, name, address, *describe(name), *_size(picture))


def with_palette(picture: bytes) -> bytes:
    """A PNG with at most 256 colours: a third of the bytes, and hardly a visible difference."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as full:
        few = full.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    content = io.BytesIO()
    few.save(content, "PNG")
    return content.getvalue()


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, so that the page has room before a picture is drawn."""
    if picture[12:16] == b"IHDR":
        return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    found = SVG_SIZE.search(picture[:2000])
    return (round(float(found[1]) * 4 / 3), round(float(found[2]) * 4 / 3)) if found else (0, 0)
