"""Rows of the independent-site model."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.independent import draw_independent, independent_rows, unlabelled
from ebmflow.evaluation.rows import RowSet

DRAWS = 20_000


def stream() -> np.random.Generator:
    return np.random.default_rng(0)


def test_frequencies_are_those_of_the_weighted_columns() -> None:
    codes = np.array([[0, 2], [1, 2], [1, 0]], dtype=np.uint8)
    drawn = draw_independent(codes, np.array([1.0, 2.0, 1.0]), DRAWS, stream())
    assert drawn.dtype == np.uint8
    assert drawn[:, 0].mean() == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / DRAWS))
    assert (drawn[:, 1] == 2).mean() == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / DRAWS))
    assert set(np.unique(drawn[:, 1])) == {0, 2}


def test_sites_are_independent_even_if_they_are_equal_in_the_data() -> None:
    codes = np.repeat(np.arange(2, dtype=np.uint8)[:, None], 2, axis=1)
    drawn = draw_independent(codes, np.ones(2), DRAWS, stream())
    assert (drawn[:, 0] == drawn[:, 1]).mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(DRAWS))


def test_rows_without_weight_are_never_drawn() -> None:
    codes = np.array([[0], [1], [2]], dtype=np.uint8)
    assert set(draw_independent(codes, np.array([0.0, 1.0, 0.0]), 500, stream())[:, 0]) == {1}
    assert draw_independent(codes, np.zeros(3), 5, stream()).shape == (0, 1)


def test_real_values_are_drawn_from_those_that_occur() -> None:
    values = np.array([[0.5], [-1.5]], dtype=np.float32)
    drawn = draw_independent(values, np.ones(2), 100, stream())
    assert set(drawn[:, 0].tolist()) == {0.5, -1.5}


def test_every_label_keeps_its_own_frequencies_and_its_number_of_rows() -> None:
    codes = np.array([[0, 0], [0, 0], [1, 1], [1, 1], [2, 2]], dtype=np.uint8)
    data = RowSet(codes, make_encoding("categorical", 2, 3), np.ones(5), np.array([0, 0, 1, 1, -1]))
    like = data.part(np.array([0, 2, 3, 4]))
    drawn = independent_rows(data, like, stream())
    assert drawn.labels.tolist() == [-1, 0, 1, 1]
    assert drawn.codes[:, 0].tolist() == [2, 0, 1, 1]
    mixed = independent_rows(unlabelled(data), unlabelled(like), stream())
    assert len(mixed) == 4
    assert set(mixed.labels) == {-1}
