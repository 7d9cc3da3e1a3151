"""Papers against results: quantities and rows of the table, on hand-made scores."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from ebmflow.evaluation.expectations.compare import COLUMNS, StudyFacts, compare, plays, setting
from ebmflow.evaluation.expectations.form import (
    DataGroup,
    Expectation,
    PaperFile,
    Quantity,
)
from ebmflow.evaluation.expectations.obtain import Course, NotMeasured, seed_values
from ebmflow.evaluation.expectations.verdict import SeedValue
from ebmflow.evaluation.report_papers import paper_section
from ebmflow.evaluation.tables import score_frame

# -- quantities -----------------------------------------------------------------------------------


def table(rows: list[dict]) -> pd.DataFrame:
    """Score rows with defaults."""
    usual = {
        "dataset": "d", "model": "m", "seed": 0, "sampling": "plan", "metric": "metric",
        "statistic": "error", "convention": "paper", "reference": "test", "age": 100, "time": 10,
        "group": "mean", "value": 1.0, "standard_error": None, "n": 1, "note": "",
    }  # fmt: skip
    return score_frame({**usual, **row} for row in rows)


def read(rows: list[dict], course: Course | None = None, **quantity) -> dict[int, SeedValue]:
    wanted = Quantity(
        **{"model": "role", "metric": "metric", "statistic": "error", "convention": ["paper"]}
        | quantity
    )
    return seed_values(table(rows), wanted, "d", "m", course or Course(10, 20.0))


OVER_TIME = [{"time": time, "value": value} for time, value in ((1, 3), (5, 2), (10, 1), (100, 4))]


def test_the_last_age_at_the_trained_time() -> None:
    rows = [*OVER_TIME, {"age": 50, "time": 10, "value": 9.0}]
    assert read(rows)[0].value == 1.0
    assert read(rows, age="first")[0].value == 9.0
    assert read(rows, time="last")[0].value == 4.0
    assert read(rows, times=(2, 100), take="min")[0].value == 1.0


def test_time_of_the_best_value_is_a_share_of_training() -> None:
    wanted = {"time": "all", "take": "time_of_min"}
    assert read(OVER_TIME, **wanted)[0].value == 1.0
    assert read(OVER_TIME, Course(5, None), **wanted)[0].value == 2.0
    with pytest.raises(NotMeasured, match="4 generation times, 5 at least"):
        read(OVER_TIME, **wanted, least_moments=5)


def test_ages_are_told_in_epochs() -> None:
    rows = [{"age": age, "value": v} for age, v in ((20, 0.5), (40, 0.04), (80, 0.2), (160, 0.01))]
    below = {"age": "all", "take": "first_age_below", "below": 0.05}
    assert read(rows, **below)[0] == SeedValue(2.0)
    assert read(rows[:1], **below)[0] == SeedValue(1.0, at_least=True)
    assert read(rows, at_epoch=3.5)[0].value == 0.2
    assert read(rows, age="all", take="age_of_max")[0].value == 1.0
    # the best age is the last one: a longer run might have a better one
    assert read(rows[1:3], age="all", take="age_of_max")[0] == SeedValue(4.0, at_least=True)
    with pytest.raises(NotMeasured, match="near epoch 100"):
        read(rows, at_epoch=100)


def test_references_and_groups_by_preference() -> None:
    rows = [
        {"reference": "train", "value": 5.0},
        {"reference": "test", "value": None, "note": "few rows"},
        {"reference": "test", "group": "all", "value": 7.0},
    ]
    assert read(rows)[0].value == 7.0
    assert read(rows, reference=["train"])[0].value == 5.0


def test_labels_and_bounds_are_averaged() -> None:
    rows = [
        {"group": group, "convention": convention, "value": value, "standard_error": 0.3}
        for group, convention, value in (
            ("A", "lower", 1), ("B", "lower", 2), ("A", "upper", 3), ("B", "upper", 4),
            ("all", "lower", 9),
        )
    ]  # fmt: skip
    found = read(rows, group=["*"], convention=["lower", "upper"])[0]
    assert found.value == 2.5
    assert found.error == pytest.approx(0.15)


def test_each_seed_has_its_value() -> None:
    rows = [{"seed": seed, "value": seed + 0.5} for seed in (3, 4)]
    assert {seed: one.value for seed, one in read(rows).items()} == {3: 3.5, 4: 4.5}


@pytest.mark.parametrize(
    ("rows", "quantity", "reason"),
    [
        ([{}], {"metric": "other"}, "error \\(other\\) of m was not measured"),
        ([{"convention": "code"}], {}, "not among what was measured"),
        ([{"value": None, "note": "no pairs"}], {}, "no pairs"),
        ([{"time": 3}], {}, "in the number of sweeps of training"),
        ([{}], {"times": (100, 1000)}, "nothing was generated in 100 to 1,000 sweeps"),
        ([{}], {"least_ages": 3}, "1 training age, 3 at least"),
        ([{}], {"time": "last", "least_time": 5}, "5 times as long"),
    ],
)
def test_what_was_not_measured_says_so(rows: list[dict], quantity: dict, reason: str) -> None:
    with pytest.raises(NotMeasured, match=reason):
        read(rows, **quantity)


# -- rows of the table ----------------------------------------------------------------------------

RECIPES = {
    "fast": {"gradient": {"kind": "ff"}, "updates": 10, "constraints": []},
    "slow": {"gradient": {"kind": "pcd"}, "updates": 1000, "constraints": [{"kind": "linear"}]},
}


def paper(**expectation) -> PaperFile:
    usual = {
        "id": "X-1", "what": "error", "source": "Fig. 1", "data": "some", "paper": 1.0,
        "value": {"model": "ff", "metric": "metric", "statistic": "error", "convention": ["paper"]},
        "rule": {"tolerance": 0.1},
    }  # fmt: skip
    return PaperFile(
        paper="P",
        cite="P 2000",
        models={"ff": {"gradient.kind": "ff"}, "pcd": {"gradient.kind": "pc*"}},
        data={
            "some": DataGroup(title="d", same=["d"], stand_in=["like_*"], full={"updates": 1000})
        },
        expectations=[Expectation(**{**usual, **expectation})],
    )


def rows_of(scores: pd.DataFrame, datasets=("d",), scale=None, **expectation) -> pd.DataFrame:
    courses = {(name, model): Course(10, 1.0) for name in datasets for model in RECIPES}
    study = StudyFacts({name: RECIPES for name in datasets}, courses, scale)
    found = compare([paper(**expectation)], scores, study)
    assert list(found.columns) == COLUMNS
    return found


def test_a_number_that_agrees_on_fewer_updates() -> None:
    row = rows_of(table([{"model": "fast", "value": 1.05}])).iloc[0]
    assert (row.verdict, row.data, row.models, row.seeds) == ("agrees", "reduced", "fast", 1)
    assert "value alone decides" in row.reason
    assert math.isnan(row.low)


def test_a_deviation_names_what_is_smaller_and_the_remark() -> None:
    rows = table(
        [{"model": "fast", "value": value, "seed": seed} for seed, value in ((0, 2), (1, 2.01))]
    )
    row = rows_of(rows, remark="known").iloc[0]
    assert row.verdict == "deviates"
    assert row.reason == (
        "above the limit of 1.1; smaller than in the paper: fast: updates 10 of 1,000; known"
    )
    assert row.seeds == 2


def test_numbers_of_other_data_are_not_judged_and_claims_are() -> None:
    scores = table([{"model": "fast", "value": 7.0, "dataset": "like_d"}])
    row = rows_of(scores, ("like_d",)).iloc[0]
    assert (row.verdict, row.data, row.obtained) == ("not decided", "stand-in", 7.0)
    claim = {"paper": None, "claim": "small", "rule": {"most": 8}}
    assert rows_of(scores, ("like_d",), **claim).iloc[0].verdict == "agrees"


def test_models_are_compared_seed_by_seed() -> None:
    lines = [
        ("fast", 0, 1.0),
        ("fast", 1, 3.0),
        ("slow", 0, 2.0),
        ("slow", 1, 6.0),
        ("slow", 2, 9.0),
    ]
    scores = table([{"model": m, "seed": s, "value": v} for m, s, v in lines])
    against = {"model": "pcd", "metric": "metric", "statistic": "error", "convention": ["paper"]}
    row = rows_of(scores, against=against, combine="ratio", paper=0.5).iloc[0]
    assert (row.obtained, row.low, row.seeds) == (0.5, 0.5, 2)
    assert row.models == "fast against slow"


def test_values_of_no_run_have_no_seeds() -> None:
    scores = table(
        [
            {
                "model": "fast", "seed": -1, "age": -1, "time": -1, "statistic": name,
                "value": value, "standard_error": 0.01,
            }
            for name, value in (("error", 0.75), ("floor", 0.25))
        ]
    )  # fmt: skip
    against = {"model": "ff", "metric": "metric", "statistic": "floor", "convention": ["paper"]}
    found = rows_of(scores, against=against, paper=0.5)
    row = found.iloc[0]
    assert (row.obtained, row.verdict, row.seeds) == (0.5, "agrees", 0)
    (line,) = paper_section(found)["compared"]
    assert line["interval"] == "0.472 to 0.528 (95\u00a0%)"


def test_nothing_is_silently_absent() -> None:
    empty = table([])
    no_data = rows_of(empty, ("other",)).iloc[0]
    assert (no_data.verdict, no_data.reason) == (
        "not run",
        "no dataset of the study is, or stands for, d",
    )
    assert "was not measured" in rows_of(empty).iloc[0].reason
    said = rows_of(empty, unmeasured="a picture").iloc[0]
    assert (said.verdict, said.reason) == ("not run", "a picture")


def test_a_reduced_study_says_its_scale() -> None:
    row = rows_of(table([{"model": "fast", "value": 3.0}]), scale=0.02).iloc[0]
    assert "scale 0.02" in row.reason
    assert row.data == "reduced"


def test_settings_by_dotted_keys() -> None:
    assert setting(RECIPES["slow"], "constraints.0.kind") == "linear"
    assert setting(RECIPES["fast"], "constraints.0.kind") is None
    assert plays(RECIPES["fast"], {"constraints.0.kind": None, "gradient.kind": ["a", "f*"]})
    assert not plays(RECIPES["slow"], {"constraints.0.kind": None})
    assert not plays(RECIPES["fast"], {"model.kind": "rbm"})
