"""Weights of letters as logos: positive letters stacked upwards, negative ones downwards.

As in Disentangling (Fernandez-de-Cossio-Diaz et al. 2023), Fig. 10c, with gaps as grey boxes.
Heights are weights in the zero-sum gauge: the mean over the letters of a site is taken off, which
a hidden field makes up for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ebmflow.figures.logos import (
    DPI,
    GAP,
    GAP_COLOUR,
    ROW_INCHES,
    SITE_INCHES,
    class_patches,
    draw_stacks,
    letter_colours,
    number_sites,
    row_sites,
)
from ebmflow.figures.style import new_figure, set_title, styled

NARROW = 40  # sites in a row that leave room for two logos beside each other
NARROWEST = 3.2  # inches


def zero_sum(values: np.ndarray) -> np.ndarray:
    """Return weights (L, q) less their mean over the letters of each site."""
    return values - values.mean(axis=1, keepdims=True)


@styled
def draw_signed_logos(
    series: Mapping[str, np.ndarray], letters: str, *, title: str = "", note: str = ""
) -> Figure:
    """Draw one logo per name, wrapped; each has a scale of its own.

    Parameters
    ----------
    series : mapping of str to ndarray, shape (L, q)
        Weights of all letters at all sites, by names fit for a figure.
    letters : str
        q letters in the order of the columns.
    """
    sites = max(len(values) for values in series.values())
    places = row_sites(sites)
    lines = math.ceil(sites / places)
    columns = 2 if places <= NARROW and len(series) > 1 else 1
    rows = math.ceil(len(series) / columns)
    width = max(NARROWEST, 1.35 * SITE_INCHES * places) + 0.6
    figure = new_figure(columns * width, ROW_INCHES * rows * lines + 1.1)
    grid = figure.subplots(rows * lines, columns, squeeze=False)
    palette = letter_colours(letters) | {GAP: GAP_COLOUR}
    for axes in grid.ravel():
        axes.set_axis_off()
    for index, (name, values) in enumerate(series.items()):
        first, column = lines * (index // columns), index % columns
        block = grid[first : first + lines, column]
        _draw_wrapped(block, zero_sum(np.asarray(values, dtype=float)), letters, palette, places)
        block[0].set_title(name, loc="left", fontsize=9, pad=3)
    for axes in grid[-1]:
        axes.set_xlabel("alignment site", fontsize=8)
    handles = class_patches(letters)
    if GAP in letters:
        handles.append(Patch(color=GAP_COLOUR, label="gap"))
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=5, fontsize=8)
    set_title(figure, title, note)
    return figure


def _draw_wrapped(
    panels: Sequence[Axes], values: np.ndarray, letters: str, palette: dict[str, str], places: int
) -> None:
    highest = np.stack([np.clip(values, 0, None), np.clip(-values, 0, None)]).sum(axis=2).max()
    top = float(highest) or 1.0
    for line, axes in enumerate(panels):
        rows = slice(line * places, (line + 1) * places)
        axes.set_axis_on()
        draw_signed(axes, values[rows], letters, top, palette)
        number_sites(axes, np.arange(len(values))[rows] + 1, places)


def draw_signed(
    axes: Axes, values: np.ndarray, letters: str, top: float, palette: dict[str, str]
) -> None:
    """Draw one row: the letter of the largest weight is farthest from the line, on either side.

    Parameters
    ----------
    values : ndarray, shape (L, q)
    top : float
        Limit of the axis on either side.
    """
    pixel = 2 * top / (DPI * ROW_INCHES)
    for sign in (1, -1):
        sizes = np.clip(sign * values, 0.0, None)
        order = np.argsort(sizes, axis=1, kind="stable")
        heights = np.take_along_axis(sizes, order, axis=1)
        far = heights.cumsum(axis=1)
        bottoms = far - heights if sign > 0 else -far
        draw_stacks(axes, np.array(list(letters))[order], heights, bottoms, palette, pixel)
    axes.set_ylim(-1.02 * top, 1.02 * top)
    axes.set_yticks(
        [-top, 0, top], [f"{-top:.2g}".replace("-", "\N{MINUS SIGN}"), "0", f"{top:.2g}"]
    )
    axes.tick_params(axis="y", labelsize=7)
