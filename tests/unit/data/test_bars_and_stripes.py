"""Bars and stripes: counts, shapes, the split of the paper."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.generators.bars_and_stripes import bars, stripes
from ebmflow.data.sources.bars_and_stripes import BarsAndStripes


def read(**options):
    return BarsAndStripes(**options).read({}, generator=None, dataset_dir=None)


def test_bars_have_equal_rows_and_stripes_equal_columns():
    pictures, patterns = bars(4)
    assert pictures.shape == (14, 16)
    assert (pictures.reshape(-1, 4, 4) == patterns[:, None, :]).all()
    pictures, patterns = stripes(4)
    assert (pictures.reshape(-1, 4, 4) == patterns[:, :, None]).all()


def test_4x4_split_of_the_paper():
    records = read(side=4, stripes=False, test_patterns=("1010", "1001"))
    notes = records.annotations
    train = set(notes["pattern"][notes["source_split"] == "train"])
    test = set(notes["pattern"][notes["source_split"] == "test"])
    assert test == {"1010", "0101", "1001", "0110"}
    bases = {"1000", "1100", "1110", "1011", "1101"}
    assert train == bases | {one.translate(str.maketrans("01", "10")) for one in bases}
    negatives = {tuple(1 - row) for row in records.codes}
    assert negatives == {tuple(row) for row in records.codes}


def test_12x12_has_8188_different_pictures():
    records = read(side=12)
    assert records.codes.shape == (8188, 144)
    assert len(np.unique(records.codes, axis=0)) == 8188
    assert records.annotations["class"].value_counts().to_dict() == {"bars": 4094, "stripes": 4094}
    sums = records.codes.sum(axis=1)
    assert sums.min() == 12
    assert sums.max() == 132
    assert len(set(records.names)) == 8188


@pytest.mark.parametrize("pattern", ["101", "10101", "1111", "10a0"])
def test_impossible_test_patterns_are_refused(pattern):
    with pytest.raises(ValueError, match="is no pattern of 4 lines"):
        BarsAndStripes(side=4, test_patterns=(pattern,))
