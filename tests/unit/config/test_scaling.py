"""The scale of a study reduces what option classes mark, and nothing else."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest
from pydantic import Field

from ebmflow.config import specs
from ebmflow.config.scaling import Reduction, reductions, scaled
from ebmflow.data.thinning import KeepOptions, thinned
from ebmflow.options import Options, Scaled


class Inner(Options):
    rows: Annotated[int | None, Scaled(least=10)] = Field(None, description="x")


class Outer(Options):
    updates: Annotated[int, Scaled(least=5)] = Field(1000, description="x")
    units: Annotated[int, Scaled(power=0.5)] = Field(400, description="x")
    seeds: Annotated[list[int], Scaled(least=2)] = Field([3, 4, 5, 6], description="x")
    test: Annotated[dict[str, int], Scaled(least=2)] = Field({"a": 100, "b": 1}, description="x")
    sweeps: int = Field(100, description="x")
    inner: Inner = Field(Inner(), description="x")
    parts: list[Inner] = Field([Inner(rows=100), Inner(rows=4)], description="x")


def test_only_marked_options_shrink_and_not_below_their_least() -> None:
    small = scaled(Outer(), 0.04)
    assert (small.updates, small.units, small.seeds) == (40, 80, [3, 4])
    assert small.test == {"a": 4, "b": 1}
    assert (small.sweeps, small.inner.rows) == (100, None)
    assert [part.rows for part in small.parts] == [10, 4]
    assert scaled(Outer(), 0.001).updates == 5


def test_scale_one_changes_nothing() -> None:
    whole = Outer()
    assert scaled(whole, 1.0) is whole


def test_reductions_name_what_changed() -> None:
    whole = Outer()
    found = list(reductions("part", whole, scaled(whole, 0.04)))
    assert Reduction("part", "updates", 1000, 40) in found
    assert Reduction("part", "parts.0.rows", 100, 10) in found
    assert not any(one.key == "sweeps" for one in found)


def test_a_scaled_study_reruns_what_it_reduces(files) -> None:
    whole = files.resolve()
    files.study["scale"] = 0.5
    half = files.resolve()
    assert half.recipes["family", "labelled"].updates == 100  # the least
    assert half.datasets["family"].keep.share == 0.5
    assert {run.seed for run in half.runs} == {0, 1}
    family = {"dataset": "family"}
    differing = {
        rule
        for rule in ("align", "filter_gaps", "assemble_labels", "reweight", "assemble_dataset")
        if specs.spec(whole, rule, family) != specs.spec(half, rule, family)
    }
    assert differing == {"assemble_dataset"}
    assert not whole.reductions
    assert any(one.key == "keep.share" for one in half.reductions)


def test_sources_that_make_fewer_rows_are_not_thinned_too(files) -> None:
    files.datasets["family"]["source"] = {"kind": "lattice", "folds": [1], "rows": 400}
    files.datasets["family"].pop("labels")
    files.study |= {"scale": 0.5}
    files.study["runs"][0]["models"] = ["plain"]
    config = files.resolve().datasets["family"]
    assert (config.source.rows, config.keep.share) == (200, 1.0)


def test_thinning_keeps_a_share_of_every_stratum() -> None:
    strata = np.repeat([0, 1, 2], [1000, 100, 7])
    kept = thinned(strata, KeepOptions(share=0.1, at_least=20))
    assert [int(kept[strata == one].sum()) for one in range(3)] == [100, 20, 7]
    assert np.array_equal(kept, thinned(strata, KeepOptions(share=0.1, at_least=20)))
    assert thinned(strata, KeepOptions()).all()


def test_the_report_is_told(files) -> None:
    assert specs.spec(files.resolve(), "write_report", {})["scale"] is None
    files.study["scale"] = 0.5
    told = specs.spec(files.resolve(), "write_report", {})
    assert told["scale"] == 0.5
    changed = {"part": "dataset family", "key": "keep.share", "full": "1.0", "reduced": "0.5"}
    assert changed in told["reductions"]


@pytest.mark.parametrize("scale", [0, 1.5])
def test_impossible_scales_are_refused(files, scale: float) -> None:
    from ebmflow.errors import ConfigError

    files.study["scale"] = scale
    with pytest.raises(ConfigError, match=r"study\.yaml, scale"):
        files.resolve()
