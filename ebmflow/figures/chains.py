"""Chains over generation time as pictures: one row per chain, one column per recorded time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ebmflow.errors import DataError
from ebmflow.figures.images import grey_limits, image_shape
from ebmflow.figures.style import escape, new_figure, set_title, styled

MOST_CHAINS, MOST_TIMES = 10, 16
TRAINED_COLOUR, CHANGE_COLOUR = "#D55E00", "#0072B2"


@styled
def draw_chains(
    columns: dict[str, np.ndarray],
    label_names: Sequence[str],
    *,
    trained: int | None = None,
    changes: Sequence[int] = (),
    blank_after: int | None = None,
    shape: Sequence[int] | None = None,
    title: str = "",
) -> Figure:
    """Draw chains of one training age; the trained time has an orange frame.

    A blue line is drawn where released units were changed.

    Parameters
    ----------
    columns : dict of ndarray
        Samples of one age: time and chain (n,), label (n,) requested (-1: none), codes (n, L);
        original (n, L) where chains started from corrupted rows: these make a first column, and the
        mean share of sites that differ from them stands above each time.
    trained : int, optional
        Sweeps used in training.
    changes : sequence of int
        Sweeps after which held units were changed; a picture at this time is the last before it.
    blank_after : int, optional
        Number of sites that were given at the start, where the others were blank: these are grey.
    shape : (int, int), optional
        Rows and columns of a picture; default: square.
    """
    height, width = image_shape(columns["codes"].shape[1], shape)
    times = chosen_times(np.unique(columns["time"]), trained)
    first = columns["time"] == times[0]
    chains = chosen_chains(columns["chain"][first], columns["label"][first])
    recovers = "original" in columns
    across = len(times) + recovers
    size = 7.2 / max(across, 6)
    figure = new_figure(size * across + 1.0, size * height / width * len(chains) + 0.9)
    everything = figure.subplots(len(chains), across, squeeze=False)
    grid = everything[:, int(recovers) :]
    low, high = grey_limits(columns["codes"])
    for whole, panels, (chain, label) in zip(everything, grid, chains, strict=True):
        if recovers:
            picture = _row(columns, chain, times[0], "original").reshape(height, width)
            whole[0].imshow(picture, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
            _frame(whole[0], False)
        for axes, time in zip(panels, times, strict=True):
            picture = _row(columns, chain, time)
            if time == 0 and blank_after is not None:
                picture = np.where(np.arange(len(picture)) < blank_after, picture, (low + high) / 2)
            axes.imshow(
                picture.reshape(height, width),
                cmap="gray_r",
                vmin=low,
                vmax=high,
                interpolation="nearest",
            )
            _frame(axes, time == trained)
        name = escape(label_names[label]) if label >= 0 else ""
        whole[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axes, time in zip(grid[0], times, strict=True):
        axes.set_title(_heading(columns, time), fontsize=7)
    if recovers:
        everything[0, 0].set_title("original", fontsize=7)
    for place in _first_after(times, changes):
        for axes in grid[:, place]:
            axes.spines["left"].set(color=CHANGE_COLOUR, linewidth=2.5)
    note = "; held units change at the blue lines" if len(changes) else ""
    if recovers:
        note += "; below them the mean share of sites unlike the original, over all chains"
    set_title(figure, title, f"sweeps above each column{note}")
    return figure


def _first_after(times: Sequence[int], changes: Sequence[int]) -> set[int]:
    """Places of the first times after each change, but for changes before or after all of them."""
    places = np.searchsorted(times, changes, side="right")
    return {int(place) for place in places if 0 < place < len(times)}


def chosen_times(times: np.ndarray, trained: int | None) -> list[int]:
    """Return at most MOST_TIMES of the sorted times, evenly spread, the trained one among them."""
    places = np.linspace(0, len(times) - 1, min(MOST_TIMES, len(times))).round().astype(int)
    if trained in times:
        wanted = int(np.searchsorted(times, trained))
        places[np.abs(places - wanted).argmin()] = wanted
    return [int(time) for time in times[np.unique(places)]]


def chosen_chains(chains: np.ndarray, labels: np.ndarray) -> list[tuple[int, int]]:
    """Return (chain, label) of at most MOST_CHAINS chains, equally many of every label."""
    kinds = np.unique(labels)[:MOST_CHAINS]
    each = max(1, MOST_CHAINS // len(kinds)) if len(kinds) else 0
    return [
        (int(chain), int(label))
        for label in kinds
        for chain in np.sort(chains[labels == label])[:each]
    ]


def _heading(columns: dict[str, np.ndarray], time: int) -> str:
    if "original" not in columns:
        return f"{time:,}"
    here = columns["time"] == time
    distance = float((columns["codes"][here] != columns["original"][here]).mean())
    return f"{time:,}\n{distance:.3f}"


def _row(columns: dict[str, np.ndarray], chain: int, time: int, name: str = "codes") -> np.ndarray:
    found = np.flatnonzero((columns["chain"] == chain) & (columns["time"] == time))
    if len(found) != 1:
        raise DataError("samples", f"{len(found)} rows of chain {chain} at time {time}", "one")
    return columns[name][found[0]]


def _frame(axes: Axes, marked: bool) -> None:
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(TRAINED_COLOUR if marked else "#CCCCCC")
        spine.set_linewidth(2.0 if marked else 0.5)
