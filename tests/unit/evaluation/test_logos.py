"""Letter heights against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.evaluation.logos import (
    effective_rows,
    letter_frequencies,
    logo_heights,
    site_frame,
)

LETTERS = "-ACDEFGHIKLMNPQRSTVWY"


def one_site(**shares: float) -> np.ndarray:
    row = np.zeros((1, len(LETTERS)))
    for letter, share in shares.items():
        row[0, LETTERS.index("-" if letter == "gap" else letter)] = share
    return row


def test_conserved_site_has_the_full_height() -> None:
    heights = logo_heights(one_site(W=1.0), LETTERS)
    assert heights[0, LETTERS.index("W")] == pytest.approx(math.log2(20))
    assert heights.sum() == pytest.approx(math.log2(20))


def test_uniform_site_has_no_height() -> None:
    heights = logo_heights(one_site(**{letter: 0.05 for letter in LETTERS[1:]}), LETTERS)
    np.testing.assert_allclose(heights, 0.0, atol=1e-12)


def test_two_letters_share_the_height_and_gaps_take_their_part() -> None:
    half = logo_heights(one_site(A=0.5, C=0.5), LETTERS)
    assert half[0, LETTERS.index("A")] == pytest.approx((math.log2(20) - 1) / 2)
    gappy = logo_heights(one_site(A=0.25, C=0.25, gap=0.5), LETTERS)
    np.testing.assert_allclose(gappy, half / 2)  # same composition, half of the occupancy
    assert gappy[0, 0] == 0.0


def test_site_of_gaps_only_is_empty() -> None:
    assert logo_heights(one_site(gap=1.0), LETTERS, effective=10).sum() == 0.0


def test_small_sample_bias_is_subtracted_once_per_site() -> None:
    plain = logo_heights(one_site(A=1.0), LETTERS)
    corrected = logo_heights(one_site(A=1.0), LETTERS, effective=30)
    bias = 19 / (2 * math.log(2) * 30)
    assert plain.sum() - corrected.sum() == pytest.approx(bias)
    # gaps reduce the number of sequences at the site
    gappy = logo_heights(one_site(A=0.5, gap=0.5), LETTERS, effective=60)
    assert gappy.sum() == pytest.approx(corrected.sum() / 2)
    assert logo_heights(one_site(A=1.0), LETTERS, effective=2).sum() == 0.0


def test_correction_removes_the_bias_of_random_columns() -> None:
    """Mean information of uniform columns: about (K - 1) / (2 ln 2 n) before, about 0 after."""
    rng = np.random.default_rng(0)
    codes = rng.integers(1, 21, size=(400, 2000), dtype=np.uint8)
    table = letter_frequencies(codes, np.ones(400), 21)
    before = logo_heights(table, LETTERS).sum(axis=1)
    after = before - 19 / (2 * math.log(2) * 400)
    # standard deviation of a column's information is about sqrt(19 / 2) / (ln 2 * 400) = 0.011
    assert abs(after.mean()) < 4 * 0.011 / math.sqrt(2000) + 5e-4
    assert before.mean() > 0.02


def test_frequencies_respect_weights() -> None:
    codes = np.array([[1], [2]], dtype=np.uint8)
    table = letter_frequencies(codes, np.array([3.0, 1.0]), 21)
    assert table[0, 1] == pytest.approx(0.75)
    assert table[0, 2] == pytest.approx(0.25)


def test_effective_rows_ignore_scale_and_count_clusters() -> None:
    weights = np.array([1.0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25])
    assert effective_rows(weights) == pytest.approx(3.0)
    assert effective_rows(7.3 * weights) == pytest.approx(3.0)
    assert effective_rows(np.zeros(3)) == 0.0


def sets() -> tuple[dict, dict]:
    data = {
        "codes": np.array([[1, 0], [1, 2], [2, 2], [2, 2]], dtype=np.uint8),
        "label": np.array([0, 0, 1, -1]),
        "weight": np.array([1.0, 3.0, 1.0, 1.0]),
        "split": np.array(["train", "test", "train", "train"], dtype=object),
    }
    generated = {"codes": np.array([[2, 2]], dtype=np.uint8), "label": np.array([1])}
    return data, generated


def test_frame_holds_sets_labels_and_sites() -> None:
    data, generated = sets()
    alphabet = {"kind": "categorical", "letters": "-AC"}
    frame = site_frame(data, generated, alphabet, ["x", "y"], small_sample=False)
    assert set(zip(frame["set"], frame["label"], strict=True)) == {
        ("data", "x"),
        ("data", "y"),
        ("generated", "y"),
    }
    x = frame[(frame["set"] == "data") & (frame["label"] == "x")].set_index(["site", "letter"])
    assert x.loc[(2, "-"), "frequency"] == pytest.approx(0.25)
    assert x.loc[(2, "C"), "frequency"] == pytest.approx(0.75)
    assert x.loc[(2, "C"), "information"] == pytest.approx(0.75 * 1.0)
    assert x.loc[(1, "A"), "information"] == pytest.approx(1.0)
    sums = frame.groupby(["set", "label", "site"])["frequency"].sum()
    np.testing.assert_allclose(sums, 1.0)


def test_frame_of_one_split() -> None:
    data, generated = sets()
    alphabet = {"kind": "categorical", "letters": "-AC"}
    frame = site_frame(data, generated, alphabet, ["x", "y"], split="train", small_sample=False)
    x = frame[(frame["set"] == "data") & (frame["label"] == "x")].set_index(["site", "letter"])
    assert x.loc[(2, "-"), "frequency"] == 1.0


def test_unlabelled_data_are_one_group() -> None:
    data, generated = sets()
    frame = site_frame(data, generated, {"kind": "categorical", "letters": "-AC"}, [])
    assert set(frame["label"]) == {"all"}


def test_real_rows_have_no_letters() -> None:
    data, generated = sets()
    with pytest.raises(DataError, match="letters per site"):
        site_frame(data, generated, {"kind": "real", "letters": ""}, ["x", "y"])
    with pytest.raises(DataError, match="no row with positive weight"):
        letter_frequencies(data["codes"], np.zeros(4), 3)
