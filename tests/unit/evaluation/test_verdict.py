"""Papers against results: rules on hand-made numbers."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from ebmflow.evaluation.expectations import verdict
from ebmflow.evaluation.expectations.form import Rule
from ebmflow.evaluation.expectations.verdict import SeedValue


@pytest.mark.parametrize(
    ("values", "low", "high", "expected"),
    [
        # three seeds, t(2) = 4.303: 0.95 +- 4.303 * 0.01 / sqrt(3) = 0.95 +- 0.0248
        ([0.94, 0.95, 0.96], 0.92, 0.98, "agrees"),
        ([0.94, 0.95, 0.96], 0.93, 0.98, "not decided"),
        ([0.94, 0.95, 0.96], 0.98, 1.00, "deviates"),
        ([0.94, 0.95, 0.96], 0.97, 1.00, "not decided"),
        # one seed without error: the value alone
        ([0.95], 0.94, 0.96, "agrees"),
        ([0.93], 0.94, 0.96, "deviates"),
        ([0.95], -math.inf, 0.96, "agrees"),
    ],
)
def test_the_whole_interval_decides(
    values: list[float], low: float, high: float, expected: str
) -> None:
    found = verdict.over_seeds([SeedValue(value) for value in values])
    assert verdict.judge(found, low, high)[0] == expected


def test_interval_of_three_seeds_is_students() -> None:
    found = verdict.over_seeds([SeedValue(value) for value in (0.94, 0.95, 0.96)])
    half = 4.302653 * 0.01 / math.sqrt(3)
    assert found.interval == "seeds"
    assert (found.low, found.high) == pytest.approx((0.95 - half, 0.95 + half))


def test_one_seed_has_the_interval_of_its_own_error() -> None:
    found = verdict.over_seeds([SeedValue(0.9, 0.01)])
    assert found.interval == "rows"
    assert (found.low, found.high) == pytest.approx((0.9 - 0.0196, 0.9 + 0.0196))
    assert verdict.over_seeds([SeedValue(0.9)]).interval == "none"


def test_ratios_are_averaged_as_logarithms() -> None:
    found = verdict.over_seeds([SeedValue(value) for value in (2.0, 4.0, 8.0)], ratio=True)
    half = 4.302653 * math.log(2) / math.sqrt(3)
    assert found.value == pytest.approx(4.0)
    assert (found.low, found.high) == pytest.approx((4 * math.exp(-half), 4 * math.exp(half)))
    inverse = verdict.over_seeds([SeedValue(1 / value) for value in (2.0, 4.0, 8.0)], ratio=True)
    assert inverse.low == pytest.approx(1 / found.high)
    # of one seed, the relative error; not where a ratio is zero
    one = verdict.over_seeds([SeedValue(2.0, 0.2)], ratio=True)
    assert one.high == pytest.approx(2 * math.exp(0.196))
    assert verdict.over_seeds([SeedValue(0.0), SeedValue(1.0)], ratio=True).value == 0.5


def test_what_was_never_reached_is_a_lower_bound() -> None:
    found = verdict.over_seeds([SeedValue(100.0, at_least=True)])
    assert verdict.judge(found, 10, math.inf)[0] == "agrees"
    assert verdict.judge(found, 50, 200) == ("not decided", "not reached within the run")
    assert verdict.judge(found, 0, 20)[0] == "deviates"


def test_differences_and_ratios_carry_errors_and_bounds() -> None:
    difference = verdict.combined(SeedValue(5, 0.3), SeedValue(2, 0.4), "difference")
    assert difference == SeedValue(3, 0.5)
    ratio = verdict.combined(SeedValue(6, 0.6), SeedValue(2, 0.0), "ratio")
    assert (ratio.value, ratio.error) == pytest.approx((3, 0.3))
    assert verdict.combined(SeedValue(6, at_least=True), SeedValue(2), "ratio").at_least
    assert verdict.combined(SeedValue(6), SeedValue(2, at_least=True), "ratio") is None
    assert verdict.combined(SeedValue(6), SeedValue(0), "ratio") is None


@pytest.mark.parametrize(
    ("rule", "paper", "band"),
    [
        ({"tolerance": 0.02}, 0.9, (0.88, 0.92)),
        ({"relative": 0.5}, 20, (10, 30)),
        ({"least": 0.9}, None, (0.9, math.inf)),
        ({"most": 2}, None, (-math.inf, 2)),
        ({"least": 0.5, "most": 2}, 1, (0.5, 2)),
    ],
)
def test_bands(rule: dict, paper: float | None, band: tuple[float, float]) -> None:
    assert verdict.band(Rule(**rule), paper) == pytest.approx(band)


@pytest.mark.parametrize("rule", [{}, {"tolerance": 1, "most": 2}, {"tolerance": 1, "relative": 1}])
def test_a_rule_says_one_thing(rule: dict) -> None:
    with pytest.raises(ValidationError):
        Rule(**rule)
