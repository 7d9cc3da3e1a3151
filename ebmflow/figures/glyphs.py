"""Letters as shapes: outlines scaled to a unit box once, then placed in one compound path."""

from __future__ import annotations

import functools

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

# Letters narrower than this share of the widest (such as I) keep their slim shape, so that a tall I
# does not become a bar.
SLIM = 0.6
# Stands for a letter too low to be read: a box.
BAR = "bar"
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 1]], dtype=float)
BOX_CODES = np.array(
    [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], dtype=Path.code_type
)


@functools.cache
def unit_glyph(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices (n, 2) in the unit box, and path codes (n,), of a bold letter or a box."""
    if letter == BAR:
        return CORNERS, BOX_CODES
    path = _outline(letter)
    box = path.get_extents()
    vertices = (path.vertices - box.min) / np.where(box.size > 0, box.size, 1.0)
    share = box.width / _widest()
    if share < SLIM:
        vertices[:, 0] = 0.5 + (vertices[:, 0] - 0.5) * share
    return vertices, path.codes


def _outline(letter: str) -> Path:
    font = FontProperties(family="DejaVu Sans", weight="bold")
    text = TextPath((0, 0), letter, size=100, prop=font)
    vertices, codes = text.vertices.copy(), text.codes
    # Closing vertices carry no position but (0, 0), which would extend the box.
    closing = codes == Path.CLOSEPOLY
    vertices[closing] = vertices[np.flatnonzero(closing) - 1]
    return Path(vertices, codes)


@functools.cache
def _widest() -> float:
    return float(_outline("N").get_extents().width)


def compound_path(
    letters: np.ndarray, left: np.ndarray, bottom: np.ndarray, width: float, height: np.ndarray
) -> Path:
    """Return one path of many letters, each stretched into its own box.

    Parameters
    ----------
    letters : ndarray of str, shape (n,)
    left, bottom, height : ndarray, shape (n,)
        Boxes in data coordinates.
    width : float
        Width of all boxes.
    """
    vertices, codes = [], []
    for letter in np.unique(letters):
        chosen = letters == letter
        shape, own = unit_glyph(str(letter))
        x = left[chosen, None] + width * shape[:, 0]
        y = bottom[chosen, None] + height[chosen, None] * shape[:, 1]
        vertices.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        codes.append(np.tile(own, int(chosen.sum())))
    return Path(np.concatenate(vertices), np.concatenate(codes))
