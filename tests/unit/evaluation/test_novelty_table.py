"""Histograms of the distance to the nearest training row against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.evaluation.novelty import novelty_frame


@pytest.mark.parametrize("states", [2, 5])
def test_histogram_equals_brute_force(states: int) -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, states, size=(90, 30)).astype(np.uint8)
    split = np.where(np.arange(90) < 60, "train", "test").astype(object)
    data = {"codes": codes, "split": split, "label": np.arange(90) % 3}
    made = rng.integers(0, states, size=(40, 30)).astype(np.uint8)
    made[:4] = codes[:4]  # copies
    generated = {"codes": made, "label": np.arange(40) % 3}
    kind = "binary" if states == 2 else "categorical"
    alphabet = {"kind": kind, "letters": "ACDEF"[:states]}
    frame = novelty_frame(data, generated, alphabet, ["a", "b", "c"])
    train = codes[:60]
    for name, rows, label in (("generated", made, np.arange(40) % 3), ("test", codes[60:], None)):
        label = np.arange(60, 90) % 3 if label is None else label
        nearest = (rows[:, None] != train[None]).sum(axis=2).min(axis=1)
        for index, group in enumerate("abc"):
            part = frame[(frame["set"] == name) & (frame["label"] == group)]
            expected = np.bincount(nearest[label == index], minlength=31)
            found = np.bincount(part["distance"], weights=part["rows"], minlength=31)
            np.testing.assert_array_equal(found, expected)
    assert frame[(frame["set"] == "generated") & (frame["distance"] == 0)]["rows"].sum() == 4


def test_reasons_for_no_table() -> None:
    data = {"codes": np.zeros((2, 3), np.uint8), "label": np.zeros(2, int)}
    data["split"] = np.array(["test", "test"], dtype=object)
    with pytest.raises(DataError, match="no training rows"):
        novelty_frame(data, data, {"kind": "binary", "letters": "01"}, ["a"])
    with pytest.raises(DataError, match="real-valued"):
        novelty_frame(data, data, {"kind": "real", "letters": ""}, ["a"])
