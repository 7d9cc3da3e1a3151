"""Sequence logos from tables: heights in bits, colours by residue class, gaps as grey bars below.

Residue classes as in Disentangling (Fernandez-de-Cossio-Diaz et al. 2023), Fig. 10: polar green,
basic blue, acidic red, hydrophobic orange. There gaps are black letters; here the share of gaps
hangs below the axis, because a gap carries no residue and its bits would compete with theirs.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch

from ebmflow.figures.glyphs import BAR, compound_path
from ebmflow.figures.style import escape, new_figure, ordered_labels, say_empty, set_title, styled

ALONE = 66  # most sites of a logo in one row
WRAP = 60  # most sites in each of several rows, whose numbers of sites are multiples of ten
SITE_INCHES = 0.105
ROW_INCHES = 0.95
GAP = "-"
WIDTH = 0.94  # of a letter; a site has room for 1
GAP_COLOUR = "#9E9E9E"
GAP_DEPTH = 0.22  # room for a gap share of 100 %, relative to the room of the letters
SMALLEST_PIXEL = 0.5  # letters lower than this at 150 dpi are left out
READABLE_PIXEL = 3.0  # lower letters are bars of their colour: files get several times smaller
TICK_ROOM = 4  # sites between the number of the first site of a row and the next number
DPI = 150

CLASSES = {
    "hydrophobic": ("#D97700", "AVLIPWFM"),
    "polar": ("#1B8A3A", "GSTYCQN"),
    "basic": ("#1F5FBF", "KRH"),
    "acidic": ("#CC2222", "DE"),
}
NUCLEOTIDES = {"A": "#1B8A3A", "C": "#1F5FBF", "G": "#D97700", "T": "#CC2222", "U": "#CC2222"}
OTHER = "#333333"


class Logo(NamedTuple):
    """Heights of one logo.

    Attributes
    ----------
    letters : ndarray of str, shape (q,)
        Without the gap.
    heights : ndarray, shape (L, q)
        Bits.
    gaps : ndarray, shape (L,)
        Share of gaps, 0 to 1.
    sites : ndarray of int, shape (L,)
    """

    letters: np.ndarray
    heights: np.ndarray
    gaps: np.ndarray
    sites: np.ndarray


def letter_colours(letters: str) -> dict[str, str]:
    """Return a colour per letter: by residue class, or by base for nucleotides."""
    residues = set(letters) - {GAP}
    if residues and residues <= set(NUCLEOTIDES):
        return {letter: NUCLEOTIDES[letter] for letter in residues}
    table = {letter: colour for colour, members in CLASSES.values() for letter in members}
    return {letter: table.get(letter, OTHER) for letter in residues}


def make_logo(table: pd.DataFrame) -> Logo:
    """Return heights from rows site, letter, frequency, information of one set and label."""
    heights = table.pivot(index="site", columns="letter", values="information")
    gaps = table[table["letter"] == GAP].set_index("site")["frequency"]
    gaps = gaps.reindex(heights.index, fill_value=0.0).to_numpy()
    heights = heights.drop(columns=GAP, errors="ignore")
    return Logo(heights.columns.to_numpy(str), heights.to_numpy(), gaps, heights.index.to_numpy())


@styled
def draw_logo_pairs(table: pd.DataFrame, facts: dict[str, Any], *, title: str = "") -> Figure:
    """Draw logos of data (left) and of generated rows (right), one block of rows per label.

    Parameters
    ----------
    table : DataFrame
        Columns set, label, site, letter, frequency, information.
    facts : dict
        alphabet (letters), label_names, age, time.
    """
    names = ordered_labels(table["label"], facts.get("label_names"))
    logos = {
        (kind, name): make_logo(part)
        for (kind, name), part in table.groupby(["set", "label"], sort=False)
    }
    longest = max(len(logo.sites) for logo in logos.values())
    places = row_sites(longest)
    lines = math.ceil(longest / places)
    width = SITE_INCHES * places * (1.0 if places > 40 else 1.35)
    figure = new_figure(2 * max(width, 2.6) + 1.1, ROW_INCHES * lines * len(names) + 1.1)
    grid = figure.subplots(len(names) * lines, 2, squeeze=False)
    top = _top(logos.values())
    palette = letter_colours(facts["alphabet"]["letters"])
    for index, name in enumerate(names):
        block = grid[index * lines : (index + 1) * lines]
        for column, kind in enumerate(("data", "generated")):
            _draw_wrapped(block[:, column], logos.get((kind, name)), top, palette, places)
            block[0, column].set_title(f"{escape(name)}: {kind}", loc="left", fontsize=9, pad=3)
    for axes in grid[:, 0]:
        axes.set_ylabel("bits", fontsize=8, labelpad=0)
    for axes in grid[-1]:
        axes.set_xlabel("alignment site", fontsize=8)
    _legend(figure, facts["alphabet"]["letters"])
    set_title(figure, title)
    return figure


def _top(logos: Any) -> float:
    """Return the common upper limit of the axes, a multiple of half a bit."""
    highest = max((float(logo.heights.sum(axis=1).max()) for logo in logos), default=1.0)
    return max(0.5, np.ceil(highest * 2.0) / 2.0)


def row_sites(sites: int) -> int:
    """Return the number of sites in each row of a logo of `sites` sites."""
    if sites <= ALONE:
        return sites
    return math.ceil(sites / math.ceil(sites / WRAP) / 10) * 10


def _draw_wrapped(
    axes: np.ndarray, logo: Logo | None, top: float, palette: dict[str, str], places: int
) -> None:
    for line, panel in enumerate(axes):
        if logo is None:
            say_empty(panel, "no rows")
            continue
        rows = slice(line * places, (line + 1) * places)
        part = Logo(logo.letters, logo.heights[rows], logo.gaps[rows], logo.sites[rows])
        draw_logo(panel, part, top, palette, places=places)


def draw_logo(
    axes: Axes, logo: Logo, top: float, palette: dict[str, str], *, places: int | None = None
) -> None:
    """Draw one row of a logo: letters above the line, gap shares below.

    Parameters
    ----------
    top : float
        Upper limit of the axis, bits.
    places : int, optional
        Sites that the axis has room for; default as many as the logo has.
    """
    order = np.argsort(logo.heights, axis=1, kind="stable")
    heights = np.take_along_axis(logo.heights, order, axis=1)
    bottoms = np.cumsum(heights, axis=1) - heights
    pixel = top * (1 + GAP_DEPTH) / (DPI * ROW_INCHES)
    draw_stacks(axes, logo.letters[order], heights, bottoms, palette, pixel)
    depth = GAP_DEPTH * top
    axes.bar(np.arange(len(logo.gaps)), -depth * logo.gaps, width=WIDTH, color=GAP_COLOUR)
    axes.set_ylim(-depth, top)
    number_sites(axes, logo.sites, places or len(logo.sites))
    axes.set_yticks([0, top], ["0", f"{top:g}"], fontsize=7)


def draw_stacks(
    axes: Axes,
    letters: np.ndarray,
    heights: np.ndarray,
    bottoms: np.ndarray,
    palette: dict[str, str],
    pixel: float,
) -> None:
    """Draw letters in boxes at sites 0, 1, ...: one path a colour, unreadably low ones as bars.

    Parameters
    ----------
    letters, heights, bottoms : ndarray, shape (L, q)
    pixel : float
        Height of a pixel in units of the axis.
    """
    seen = heights > SMALLEST_PIXEL * pixel
    places = np.arange(len(heights))[:, None] - WIDTH / 2
    left = np.broadcast_to(places, heights.shape)[seen]
    letters, bottoms, heights = letters[seen], bottoms[seen], heights[seen]
    shown = np.where((heights < READABLE_PIXEL * pixel) | (letters == GAP), BAR, letters)
    shades = np.array([palette.get(letter, OTHER) for letter in letters])
    for colour in dict.fromkeys(shades):
        pick = shades == colour
        path = compound_path(shown[pick], left[pick], bottoms[pick], WIDTH, heights[pick])
        axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="none"))


def number_sites(axes: Axes, sites: np.ndarray, places: int) -> None:
    """Draw the base line below sites, and numbers at the first and at multiples of ten."""
    axes.plot([-0.5, len(sites) - 0.5], [0, 0], color="#444444", lw=0.6)
    axes.set_xlim(-0.6, places - 0.4)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    tens = sites % 10 == 0
    first = np.arange(len(sites)) == 0
    tens[:TICK_ROOM] &= not len(sites) or sites[0] % 10 == 0
    ticks = np.flatnonzero(tens | first)
    axes.set_xticks(ticks, sites[ticks], fontsize=7)
    axes.tick_params(axis="x", length=2, pad=1)


def class_patches(letters: str) -> list[Patch]:
    """Return what a legend says about colours; nothing for nucleotides, which are told apart."""
    if letter_colours(letters).items() <= NUCLEOTIDES.items():
        return []
    return [Patch(color=colour, label=name) for name, (colour, _) in CLASSES.items()]


def _legend(figure: Figure, letters: str) -> None:
    handles = class_patches(letters)
    if GAP in letters:
        text = "below the line: share of gaps (full depth: 100 %)"
        handles.append(Patch(color=GAP_COLOUR, label=text))
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=5, fontsize=8)
