"""Looks shared by all figures: colours that colour-blind readers can tell apart, sizes, axes.

Colours are those of Okabe and Ito (2008), continued for many labels by the muted scheme of Paul
Tol; neighbours in the list also differ in lightness. Where labels are drawn as points they differ
in marker as well.
"""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

P = ParamSpec("P")

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#5C3A00", "#332288",
    "#117733", "#882255", "#44AA99", "#999933", "#AA4499", "#88CCEE", "#661100", "#6699CC",
)  # fmt: skip
MARKERS = "osD^vP<X>phd*8HX"
DATA_COLOUR = "#222222"
GENERATED_COLOUR = "#7A4FBF"
RANDOM_COLOUR = "#9A9A9A"
PROFILE_COLOUR = "#C8780A"
GRID_COLOUR = "#E3E3E3"
SET_COLOURS = {
    "generated": GENERATED_COLOUR,
    "natural": DATA_COLOUR,
    "random": RANDOM_COLOUR,
    "profile": PROFILE_COLOUR,
}

# Characters of a name in a figure; a longer one is cut.
LONGEST_NAME = 32
TITLE_CHARACTER = 0.078  # inches, of the title's size

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID_COLOUR,
    "grid.linewidth": 0.6,
    "legend.framealpha": 0.75,  # lines may pass below
    "legend.edgecolor": "none",
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "lines.linewidth": 1.4,
    "axes.formatter.limits": (-3, 4),
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorator: draw with the settings of this module and leave the global ones as they were."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.rc_context(SETTINGS):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure in inches, laid out by constraints, independent of pyplot."""
    return Figure(figsize=(width, height), layout="constrained")


def colours(names: Iterable[str]) -> dict[str, str]:
    """Return a colour per name, in order of appearance; the list repeats after sixteen."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(dict.fromkeys(names))}


def markers(names: Iterable[str]) -> dict[str, str]:
    """Return a marker per name, in order of appearance."""
    return {name: MARKERS[index % len(MARKERS)] for index, name in enumerate(dict.fromkeys(names))}


def panel_grid(count: int, *, most_columns: int = 3) -> tuple[int, int]:
    """Return rows and columns of a grid that holds `count` panels without a nearly empty row."""
    columns = min(most_columns, max(count, 1))
    rows = -(-count // columns)
    return max(rows, 1), -(-count // max(rows, 1)) or 1


def new_panels(
    count: int,
    width: float,
    height: float,
    *,
    margin: float,
    most_columns: int = 3,
    nothing: str = "",
    **shared: Any,
) -> tuple[Figure, np.ndarray]:
    """Return a figure and `count` panels in a grid, as :func:`panel_grid` lays it out.

    Parameters
    ----------
    width, height : float
        Of a panel, inches.
    margin : float
        Inches added to the height, for title and legend.
    nothing : str
        Written in place of the panels where there are none.
    shared
        ``sharex``, ``sharey`` of `Figure.subplots`.

    Returns
    -------
    figure : Figure
    panels : ndarray of Axes, shape (count,)
    """
    rows, columns = panel_grid(count, most_columns=most_columns)
    figure = new_figure(width * columns, height * rows + margin)
    panels = figure.subplots(rows, columns, squeeze=False, **shared).ravel()
    hide_after(panels, count, nothing)
    return figure, panels[:count]


def hide_after(panels: Sequence[Axes], count: int, nothing: str = "") -> None:
    """Hide all panels but the first `count`; where that is none, the first says that."""
    for axes in panels[max(count, 1) :]:
        axes.set_visible(False)
    if not count:
        say_empty(panels[0], nothing)


def shared_legend(
    figure: Figure,
    panels: Iterable[Axes],
    *,
    columns: int = 4,
    place: str = "left",
    title: str = "",
) -> None:
    """Write one legend below the figure for what some panels show, each name once."""
    handles: dict[str, Any] = {}
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    if handles:
        look = {"loc": f"outside lower {place}", "ncols": columns, "title": title}
        figure.legend(handles.values(), handles.keys(), **look)


def set_title(figure: Figure, title: str, note: str = "") -> None:
    """Write the title (left), and below it a note on what is shown, as wide as the figure."""
    most = max(int(0.98 * figure.get_figwidth() / TITLE_CHARACTER), 20)
    text = [part for line in (title, note) for part in textwrap.wrap(escape(line, most=160), most)]
    if text:
        figure.suptitle("\n".join(text), x=0.01, ha="left", fontsize=10)


def count_axis(axes: Axes, counts: Iterable[float]) -> None:
    """Make the x axis logarithmic down to the smallest positive count, with room for zero."""
    positive = [float(count) for count in counts if count > 0]
    axes.set_xscale("symlog", linthresh=min(positive, default=1.0), linscale=0.4)
    least = min(positive, default=0.0)
    # Powers of ten between zero and the first count would run into the zero.
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: "" if 0 < value < least else f"{value:,.6g}")
    )
    axes.set_xlim(left=0 if any(count == 0 for count in counts) else min(positive, default=0) * 0.9)
    if positive and math.ceil(math.log10(least)) > math.log10(max(positive)):
        # No power of ten lies between, so that matplotlib would label nothing.
        power = 10.0 ** math.floor(math.log10(least))
        round_ones = [one * power for one in (2, 5) if least <= one * power <= max(positive)]
        ends = sorted({least, max(positive)})
        axes.set_xticks(round_ones if len(round_ones) > 1 else ends)
        axes.xaxis.set_minor_formatter(NullFormatter())


def score_axis(axes: Axes, values: Iterable[float]) -> None:
    """Make the y axis logarithmic where positive values span a factor of 8 or more."""
    positive = [float(value) for value in values if value > 0]
    if positive and max(positive) > 8 * min(positive):
        axes.set_yscale("log", nonpositive="clip")
        plain_ticks(axes.yaxis, positive)


def plain_ticks(axis: Axis, positive: Collection[float]) -> None:
    """Label a logarithmic axis at 1, 2, 5, or powers of ten where there are many.

    Plain numbers read better than powers, draw several times faster, and do not run into each
    other as the labels do that matplotlib gives minor ticks.
    """
    if max(positive) < 300 * min(positive):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def escape(text: str, most: int = LONGEST_NAME) -> str:
    """Return text fit for a figure: one line of visible characters, not too long, no formula."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    return shown.replace("$", r"\$")


def percent(share: float) -> str:
    """A share as text: two digits below ten percent, whole percent above."""
    return f"{100 * share:.1f} %" if abs(share) < 0.0995 else f"{100 * share:.0f} %"


def say_empty(axes: Axes, text: str) -> None:
    """Write a sentence in place of a panel that has nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color="#555555")


def ordered_labels(labels: Iterable[object], names: Iterable[str] | None = None) -> list[str]:
    """Return the label names that occur, in the order of `names` (else sorted), None left out."""
    present = {str(label) for label in labels if isinstance(label, str)}
    known = [name for name in (names or []) if name in present]
    return known + sorted(present - set(known))
