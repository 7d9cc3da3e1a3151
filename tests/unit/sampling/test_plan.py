"""Times at which chains are recorded."""

from __future__ import annotations

import pytest

from ebmflow.config.errors import validate
from ebmflow.errors import ConfigError
from ebmflow.sampling.plan import SamplingPlan


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        ({"last": 100, "count": 3}, [0, 1, 7, 10, 100]),
        ({"last": 100, "count": 3, "landmarks": False}, [1, 10, 100]),
        ({"last": 100, "count": 1, "landmarks": False}, [100]),
        ({"last": 100, "count": 1}, [0, 7, 100]),
    ],
)
def test_recorded_times_of_a_grid(grid: dict, expected: list[int]) -> None:
    assert SamplingPlan(times=grid).recorded_times(trained=7) == expected


def test_one_time_is_no_course() -> None:
    alone = SamplingPlan(times={"last": 100, "count": 1, "landmarks": False})
    assert not alone.times_differ
    assert SamplingPlan(times={"last": 100, "count": 1}).times_differ


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"times": []}, "at least one"),
        ({"times": [3, -1]}, "numbers from 0 on"),
        ({"ages": []}, "at least one"),
        ({"rows": 0}, "1 row at least"),
    ],
)
def test_plans_that_would_record_nothing_are_refused(wrong: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SamplingPlan(**wrong)
    with pytest.raises(ConfigError, match=f"plan.yaml, {next(iter(wrong))}: .*expected .*{said}"):
        validate(SamplingPlan, wrong, "plan.yaml")
