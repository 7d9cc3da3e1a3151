"""Names of data, models and labels as figures show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from ebmflow.figures.style import LONGEST_NAME, escape


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("GH30_1", "GH30_1"),
        ("$x^2$", r"\$x^2\$"),
        ("two\nlines\tand more", "two lines and more"),
        ("\u202eright\x00 to left", "right to left"),
        ("l" * 300, "l" * (LONGEST_NAME - 1) + "…"),
    ],
)
def test_names_are_one_short_line(name: str, shown: str) -> None:
    assert escape(name) == shown


@pytest.mark.filterwarnings("ignore:Glyph")
@given(st.text(max_size=60) | st.text("$\\{}^_a% \n", max_size=20))
def test_any_name_can_be_drawn(name: str) -> None:
    figure = Figure(figsize=(1, 1), dpi=20)
    figure.text(0, 0, escape(name))
    figure.draw_without_rendering()
