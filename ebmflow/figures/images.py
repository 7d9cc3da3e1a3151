"""Images by label: data on the left, generated on the right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.errors import ConfigError
from ebmflow.figures.style import escape, new_figure, say_empty, set_title, styled

MOST_STRIPS = 6  # of images without labels


@styled
def draw_image_grids(
    data: dict[str, np.ndarray],
    generated: dict[str, np.ndarray],
    label_names: Sequence[str],
    *,
    shape: Sequence[int] | None = None,
    per_label: int = 8,
    title: str = "",
) -> Figure:
    """Draw the first images of each label: one row per label, data left, generated right.

    Generated rows without labels are drawn beside data of any label, in as many rows as fill.

    Parameters
    ----------
    data, generated : dict of ndarray
        Columns label (n,) and codes (n, L); data come from the test split where there is one.
    shape : (int, int), optional
        Rows and columns of an image, product L; default: square.
    per_label : int
        Images per label and side.
    """
    height, width = image_shape(data["codes"].shape[1], shape)
    if "split" in data and (data["split"] == "test").any():
        data = {name: values[data["split"] == "test"] for name, values in data.items()}
    strips = _strips(data, generated, label_names, per_label)
    size = min(0.62, 5.2 / per_label)
    panel = max(size * per_label, 2.0)
    rows_height = panel / per_label * height / width
    figure = new_figure(2 * panel + 1.0, len(strips) * rows_height + 0.9)
    grid = figure.subplots(len(strips), 2, squeeze=False)
    limits = grey_limits(data["codes"])
    for row, (name, *sides) in zip(grid, strips, strict=True):
        for axes, codes in zip(row, sides, strict=True):
            _draw_strip(axes, codes[:per_label], height, width, per_label, limits)
        row[0].set_ylabel(escape(name), rotation=0, ha="right", va="center")
    grid[0, 0].set_title("data")
    grid[0, 1].set_title("generated")
    set_title(figure, title)
    return figure


def _strips(
    data: dict[str, np.ndarray],
    generated: dict[str, np.ndarray],
    label_names: Sequence[str],
    per_label: int,
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, data and generated images of every strip."""
    sides = (data, generated)
    if label_names and (not len(generated["label"]) or (generated["label"] >= 0).any()):
        return [
            (name, *(side["codes"][side["label"] == label] for side in sides))
            for label, name in enumerate(label_names)
        ]
    number = max(1, min(MOST_STRIPS, *(len(side["codes"]) // per_label for side in sides)))
    return [
        ("all" if one == 0 else "", *(side["codes"][one * per_label :] for side in sides))
        for one in range(number)
    ]


def image_shape(sites: int, shape: Sequence[int] | None) -> tuple[int, int]:
    """Return rows and columns of an image of `sites` pixels."""
    if shape is None:
        side = math.isqrt(sites)
        shape = (side, side)
    if len(shape) != 2 or shape[0] * shape[1] != sites:
        raise ConfigError(
            "image grid", "shape", list(shape), expected=f"two numbers whose product is {sites}"
        )
    return int(shape[0]), int(shape[1])


def grey_limits(codes: np.ndarray) -> tuple[float, float]:
    """Return smallest and largest value, apart even where there is one value only."""
    if not codes.size:
        return 0.0, 1.0
    low, high = float(codes.min()), float(codes.max())
    return (low, high) if high > low else (low, low + 1.0)


def _draw_strip(
    axes: Axes,
    codes: np.ndarray,
    height: int,
    width: int,
    places: int,
    limits: tuple[float, float],
) -> None:
    """Draw images side by side, one empty pixel apart; missing ones stay blank."""
    strip = np.full((height + 2, places * (width + 1) + 1), np.nan)
    for place, image in enumerate(codes):
        start = 1 + place * (width + 1)
        strip[1:-1, start : start + width] = image.reshape(height, width)
    axes.set_facecolor("#DCE6F2")
    axes.imshow(strip, cmap="gray_r", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if not len(codes):
        say_empty(axes, "no rows")
