"""What a figure shows, for tests: a panel by its title, all text."""

from __future__ import annotations

import matplotlib
from matplotlib.figure import Figure


def panel(figure: Figure, start: str) -> matplotlib.axes.Axes:
    """Return the first panel whose title begins like this."""
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(start))


def all_text(figure: Figure) -> str:
    """Return every text of a figure, one a line."""
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))
