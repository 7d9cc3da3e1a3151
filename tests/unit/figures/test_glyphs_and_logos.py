"""Letters in their boxes, logos with the right heights."""

from __future__ import annotations

import time

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from ebmflow.figures.glyphs import compound_path, unit_glyph
from ebmflow.figures.logos import (
    CLASSES,
    Logo,
    draw_logo,
    draw_logo_pairs,
    letter_colours,
    make_logo,
    number_sites,
    row_sites,
)

LETTERS = "-ACDEFGHIKLMNPQRSTVWY"


@pytest.mark.parametrize("letter", list("ACDEFGHIKLMNPQRSTVWYBZXJOU"))
def test_glyphs_fill_the_unit_box(letter: str) -> None:
    vertices, codes = unit_glyph(letter)
    assert len(vertices) == len(codes)
    box = Path(vertices, codes).get_extents()
    assert (box.y0, box.y1) == pytest.approx((0.0, 1.0))
    assert box.x0 + box.x1 == pytest.approx(1.0)  # centred
    assert 0.1 < box.width <= 1 + 1e-9


def test_only_slim_letters_stay_slim() -> None:
    widths = {letter: Path(*unit_glyph(letter)).get_extents().width for letter in "IEMW"}
    assert widths["I"] < 0.6
    assert [widths[letter] for letter in "EMW"] == pytest.approx([1.0, 1.0, 1.0])


def test_compound_path_puts_letters_into_their_boxes() -> None:
    letters = np.array(["A", "W", "A"])
    path = compound_path(letters, np.array([0.0, 1, 2]), np.array([0.0, 1, 5]), 0.9,
                         np.array([2.0, 3, 0.5]))  # fmt: skip
    x, y = path.vertices.T  # A and W have corners only
    for left, bottom, top in ((0, 0, 2), (1, 1, 4), (2, 5, 5.5)):
        inside = (x >= left - 1e-9) & (x <= left + 0.9 + 1e-9)
        assert (x[inside].min(), x[inside].max()) == pytest.approx((left, left + 0.9))
        assert (y[inside].min(), y[inside].max()) == pytest.approx((bottom, top))
    assert np.isfinite(path.vertices).all()


def site_table(sites: int, label: str = "x", kind: str = "data") -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frequency = rng.dirichlet(np.full(21, 0.1), size=sites)
    information = frequency * 3.0
    information[:, 0] = 0.0
    return pd.DataFrame(
        {
            "set": kind,
            "label": label,
            "site": np.repeat(np.arange(1, sites + 1), 21),
            "letter": np.tile(list(LETTERS), sites),
            "frequency": frequency.ravel(),
            "information": information.ravel(),
        }
    )


def test_make_logo_separates_gaps_from_letters() -> None:
    table = site_table(5)
    logo = make_logo(table)
    assert "-" not in logo.letters
    gaps = table[table["letter"] == "-"]["frequency"].to_numpy()
    np.testing.assert_allclose(logo.gaps, gaps)
    np.testing.assert_allclose(logo.heights.sum(), table["information"].sum())


def test_letters_stack_upwards_and_gaps_hang_below() -> None:
    logo = Logo(np.array(["A", "D"]), np.array([[1.0, 2.0], [0.5, 0.0]]), np.array([0.0, 0.4]),
                np.array([1, 2]))  # fmt: skip
    axes = Figure().subplots()
    draw_logo(axes, logo, 3.0, letter_colours("-AD"))
    letters = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    tops = {patch.get_facecolor(): patch.get_path().vertices[:, 1].max() for patch in letters}
    hydrophobic, acidic = (matplotlib.colors.to_rgba(CLASSES[name][0]) for name in
                           ("hydrophobic", "acidic"))  # fmt: skip
    assert tops[acidic] == pytest.approx(3.0)  # the larger letter stands on top
    assert tops[hydrophobic] == pytest.approx(1.0)
    assert [bar.get_height() for bar in bars] == pytest.approx([0.0, -0.22 * 3.0 * 0.4])


def test_low_letters_are_bars_and_lower_ones_nothing() -> None:
    # A pixel is 0.02567 bits: 0.3 of one, 2 of them, 20 of them.
    pixel = 3.0 * 1.22 / (150 * 0.95)
    logo = Logo(np.array(["S"]), pixel * np.array([[0.3], [2.0], [20.0]]), np.zeros(3),
                np.arange(1, 4))  # fmt: skip
    axes = Figure().subplots()
    draw_logo(axes, logo, 3.0, letter_colours("-S"))
    (letters,) = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    x, y = letters.get_path().vertices.T
    assert x.min() > 0.5  # nothing at the first site
    assert (x < 1.5).sum() == 5  # the corners of a box at the second
    assert y.max() == pytest.approx(20 * pixel)


@pytest.mark.parametrize(
    ("first", "shown"), [(1, [1, 10, 20]), (199, [199, 210]), (61, [61, 70, 80]), (60, [60, 70])]
)
def test_numbers_of_sites_keep_apart(first: int, shown: list[int]) -> None:
    axes = Figure().subplots()
    number_sites(axes, np.arange(first, first + 20), 60)
    assert [int(text.get_text()) for text in axes.get_xticklabels()] == shown
    (line,) = axes.get_lines()
    assert line.get_xdata().tolist() == [-0.5, 19.5]  # no base line where there are no sites


def test_residue_classes_are_complete_and_disjoint() -> None:
    members = "".join(letters for _, letters in CLASSES.values())
    assert sorted(members) == sorted(LETTERS[1:])
    assert set(letter_colours("-ACGT")) == set("ACGT")
    assert letter_colours("-ACGT")["A"] != letter_colours(LETTERS)["A"]


@pytest.mark.parametrize(("sites", "places"), [(27, 27), (66, 66), (82, 50), (130, 50), (430, 60)])
def test_rows_are_even(sites: int, places: int) -> None:
    assert row_sites(sites) == places


def test_pairs_are_wrapped_and_missing_sets_are_said() -> None:
    table = pd.concat([site_table(82), site_table(82, "y"), site_table(82, "y", "generated")])
    facts = {"alphabet": {"letters": LETTERS}, "label_names": ["x", "y"]}
    figure = draw_logo_pairs(table, facts, title="family")
    assert len(figure.axes) == 2 * 2 * 2  # labels, lines, columns
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert {"x: data", "x: generated", "y: data", "y: generated"} <= set(titles)
    empty = [axes for axes in figure.axes if any("no rows" in t.get_text() for t in axes.texts)]
    assert len(empty) == 2


@pytest.mark.slow
def test_a_long_logo_is_drawn_in_seconds() -> None:
    table = site_table(430)
    started = time.process_time()
    figure = draw_logo_pairs(table, {"alphabet": {"letters": LETTERS}, "label_names": ["x"]})
    figure.canvas.draw()
    assert time.process_time() - started < 6.0
