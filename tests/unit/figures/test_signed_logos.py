"""Weights and label vectors, entry by entry: signed logos, pictures, bars."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from ebmflow.figures import units
from ebmflow.figures.label_vectors import draw_label_vectors, label_vector_series
from ebmflow.figures.logos import CLASSES, GAP_COLOUR, letter_colours
from ebmflow.figures.signed_logos import draw_signed, draw_signed_logos, zero_sum

LETTERS = "-ADK"
PALETTE = letter_colours(LETTERS) | {"-": GAP_COLOUR}


def spans(axes) -> dict:
    """Colour -> lowest and highest point of its letters."""
    found = {}
    for patch in axes.patches:
        if isinstance(patch, PathPatch):
            y = patch.get_path().vertices[:, 1]
            found.setdefault(patch.get_facecolor(), []).append((y.min(), y.max()))
    return found


def shade(name: str) -> tuple:
    return matplotlib.colors.to_rgba(GAP_COLOUR if name == "gap" else CLASSES[name][0])


def test_zero_sum_takes_the_mean_of_each_site_off() -> None:
    np.testing.assert_allclose(zero_sum(np.array([[1.0, 2, 3], [4, 4, 4]])), [[-1, 0, 1], [0] * 3])


def test_positive_letters_rise_and_negative_ones_hang() -> None:
    axes = Figure().subplots()
    # gap -1, A 0.5, D 2, K -1.5: sums 2.5 on either side
    draw_signed(axes, np.array([[-1.0, 0.5, 2.0, -1.5]]), LETTERS, 2.5, PALETTE)
    found = spans(axes)
    assert found[shade("hydrophobic")] == [pytest.approx((0.0, 0.5))]
    assert found[shade("acidic")] == [pytest.approx((0.5, 2.5))]  # the larger one is farther out
    assert found[shade("gap")] == [pytest.approx((-1.0, 0.0))]
    assert found[shade("basic")] == [pytest.approx((-2.5, -1.0))]
    low, high = axes.get_ylim()
    assert low == -high
    assert high == pytest.approx(2.55)


def test_signed_logos_are_wrapped_and_scaled_one_by_one() -> None:
    rng = np.random.default_rng(0)
    series = {"small": rng.normal(size=(82, 4)), "large": 10 * rng.normal(size=(82, 4))}
    figure = draw_signed_logos(series, LETTERS, note="n")
    assert len(figure.axes) == 4  # two rows of 50 and 32 sites each
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["small", "", "large", ""]
    tops = [axes.get_ylim()[1] for axes in figure.axes]
    assert tops[0] == tops[1]
    assert tops[2] == tops[3] > 5 * tops[0]
    assert [int(text.get_text()) for text in figure.axes[1].get_xticklabels()] == [51, 60, 70, 80]
    expected = np.clip(zero_sum(series["small"]), 0, None).sum(axis=1)
    lowest = np.clip(-zero_sum(series["small"]), 0, None).sum(axis=1)
    assert tops[0] == pytest.approx(1.02 * max(expected.max(), lowest.max()))


def test_short_ones_stand_beside_each_other() -> None:
    figure = draw_signed_logos({name: np.eye(4) for name in "abc"}, LETTERS)
    drawn = [axes for axes in figure.axes if axes.axison]
    assert len(drawn) == 3
    assert len({round(axes.get_position().x0, 2) for axes in drawn}) == 2


def unit_table(sites: int, count: int = 9):
    values = np.random.default_rng(1).normal(size=(count, sites * 4)).astype(np.float32)
    columns = {
        "unit": np.arange(count), "norm": np.linalg.norm(values, axis=1), "values": values,
    }  # fmt: skip
    return columns, {"what": "weights", "age": 3, "alphabet": {"letters": LETTERS}}


@pytest.mark.parametrize(("sites", "shown"), [(5, 8), (100, 2)])
def test_units_of_letters_are_logos_largest_first(sites: int, shown: int) -> None:
    columns, facts = unit_table(sites)
    figure = units.draw_unit_logos(columns, facts)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    found = [int(title.split()[0]) for title in titles if title]
    assert found == np.argsort(-columns["norm"])[:shown].tolist()
    note = figure.get_suptitle()
    assert note == f"Weights of hidden units, the {shown} largest of 9, after 3 updates"


def vectors(sites: int, states: int) -> pd.DataFrame:
    place = np.arange(sites * states)
    return pd.concat(
        pd.DataFrame(
            {"series": name, "site": place // states + 1, "state": place % states, "value": value}
        )
        for name, value in (("q: b", place - 2.0), ("weights: unit 1", 3.0 - place))
    )


def test_series_have_a_row_per_site_whatever_the_order_of_lines() -> None:
    table = vectors(3, 2)
    found = label_vector_series(table.sample(frac=1, random_state=0).sort_values("series"))
    assert list(found) == ["q: b", "weights: unit 1"]
    np.testing.assert_array_equal(found["q: b"], [[-2, -1], [0, 1], [2, 3]])


def test_label_vectors_of_letters_are_logos_and_of_other_sites_bars() -> None:
    letters = {"alphabet": {"kind": "categorical", "letters": LETTERS}, "released": 0}
    binary = {"alphabet": {"kind": "binary"}, "released": 1, "cosines": [[0.5]]}
    figure = draw_label_vectors(vectors(3, 4), letters)
    assert any(isinstance(patch, PathPatch) for patch in figure.axes[0].patches)
    assert figure.get_suptitle() == "label vectors above, weights below; no unit is released"
    figure = draw_label_vectors(vectors(6, 1), binary)
    assert figure.axes[1].get_title(loc="left") == "unit 1, cosine 0.500"
    ends = [segment[1][1] for segment in figure.axes[0].collections[0].get_segments()]
    assert ends == [-2, -1, 0, 1, 2, 3]
