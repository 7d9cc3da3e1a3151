"""Papers against results: rules on hand-made numbers, quantities on hand-made tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from ebmflow.evaluation.expectations import verdict
from ebmflow.evaluation.expectations.compare import COLUMNS, StudyFacts, compare, plays, setting
from ebmflow.evaluation.expectations.facts import fact_rows, half_time
from ebmflow.evaluation.expectations.form import (
    DataGroup,
    Expectation,
    PaperFile,
    Quantity,
    Rule,
    read_papers,
)
from ebmflow.evaluation.expectations.obtain import Course, NotMeasured, seed_values
from ebmflow.evaluation.expectations.verdict import SeedValue
from ebmflow.evaluation.report_places import Place
from ebmflow.evaluation.tables import score_frame

CONFIG = Path(__file__).resolve().parents[3] / "config"


# -- rules ----------------------------------------------------------------------------------------


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


# -- facts of other tables ------------------------------------------------------------------------


def test_facts_become_score_rows() -> None:
    split = pd.DataFrame({"split": ["train", "test", "train"]})
    rows = fact_rows(Place("datasets", "d"), split, {"sites": 7})
    assert {row["statistic"]: row["value"] for row in rows} == {
        "train_rows": 2, "test_rows": 1, "sites": 7,
    }  # fmt: skip
    judged = pd.DataFrame(
        {"set": ["generated"] * 3, "value": [80.0, 90.0, 10.0], "status": ["ok", "ok", "oom"]}
    )
    (row,) = fact_rows(Place("structures", "d", "m", 0, "plan"), judged, {})
    assert (row["statistic"], row["value"], row["standard_error"]) == ("generated_mean", 85.0, 5.0)


def test_observables_of_data_and_of_machines() -> None:
    frame = pd.DataFrame(
        {
            "observable": ["absolute magnetisation per spin"] * 2,
            "parameter": [0.46, 0.47],
            "measured": [0.8, np.nan],
            "standard_error": [0.01, np.nan],
            "n": [50, 0],  # a point of the exact curve
        }
    )
    (own,) = fact_rows(Place("observables", "d", name="observables"), frame, {})
    frame["measured"] /= 2
    (machine,) = fact_rows(Place("observables", "d", "m", 3, "", "free"), frame, {})
    scores = score_frame([own, machine])
    wanted = {"metric": "observables", "statistic": "absolute_magnetisation_per_spin"}
    wanted |= {"group": ["*"], "convention": [""]}
    data = seed_values(scores, Quantity(**wanted, of_data=True), "d", "", Course())
    found = seed_values(scores, Quantity(**wanted), "d", "m", Course())
    assert data == {-1: SeedValue(0.8, 0.01)}
    assert found == {3: SeedValue(0.4, 0.01)}


def test_label_theory_in_three_numbers() -> None:
    overlap = pd.DataFrame({"mean": [0.6, 0.9], "estimate": [0.65, 0.88]})
    place = Place("label_theory", "d", name="overlap")
    found = {row["statistic"]: row["value"] for row in fact_rows(place, overlap, {})}
    assert found == pytest.approx({"overlap_error": 0.05, "overlap_least": 0.6})
    (row,) = fact_rows(place, pd.DataFrame({"units": [1]}), {"interlacing_violation": 0.0})
    assert (row["statistic"], row["value"]) == ("interlacing_violation", 0.0)


def test_untrained_machines_at_the_plateau_and_at_glorots_size() -> None:
    frame = pd.DataFrame(
        {
            "ensemble": ["normal"] * 4,
            "draw": [0, 0, 1, 1],
            "deviation": [0.1, 10, 0.11, 10.2],
            "accessibility": [0.3, 0.8, 0.5, 0.9],
        }
    )
    rows = fact_rows(Place("untrained", "d", "m"), frame, {"glorot": 0.2})
    found = {row["statistic"]: row["value"] for row in rows}
    assert found == pytest.approx({"normal_plateau": 0.85, "normal_glorot": 0.4})


def test_half_times() -> None:
    assert half_time(pd.Series([0.0, 1.0, 1.0], index=[10, 14, 20])) == 2.0
    assert half_time(pd.Series([0.0, 0.2, 1.0], index=[0, 5, 13])) == 8.0
    assert half_time(pd.Series([1.0, 0.5], index=[0, 1])) is None


def test_the_switch_is_set_against_the_relaxation_of_the_likelihood() -> None:
    frame = pd.DataFrame(
        {
            "time": [0, 100, 102, 104, 108],
            "probability": [0.0, 0.0, 1.0, 1.0, 1.0],  # half after one sweep
            "log_unnormalised": [
                0.0,
                0.0,
                -8.0,
                -8.0,
                0.0,
            ],  # lowest after 2, half of the way after 6
        }
    )
    (row,) = fact_rows(Place("release", "d", "m", 0), frame, {"change": 100})
    assert row["value"] == pytest.approx(1 / 6)


# -- the files that come with the package ---------------------------------------------------------


@pytest.mark.parametrize("found", read_papers(), ids=lambda found: found.paper)
def test_roles_and_data_exist_among_what_is_shipped(found: PaperFile) -> None:
    names = [path.stem for path in (CONFIG / "datasets").glob("*.yaml")]
    for key, group in found.data.items():
        for pattern in (*group.same, *group.fewer, *group.stand_in, *group.synthetic):
            alone = DataGroup(title="", same=[pattern])
            assert any(alone.kind_of(name) for name in names), f"{key}: no dataset {pattern}"
    recipes = [yaml.safe_load(path.read_text()) for path in (CONFIG / "models").glob("*.yaml")]
    for role, wanted in found.models.items():
        known = {key: value for key, value in wanted.items() if key.endswith("kind") and value}
        assert any(plays(recipe, known) for recipe in recipes), f"{role}: no recipe"


def test_the_four_papers_and_their_claims_are_there() -> None:
    papers = read_papers()
    ids = {one.id for found in papers for one in found.expectations}
    assert len(ids) == sum(len(found.expectations) for found in papers)
    wanted = {"FF-F4-HGD", "FF-F9-MNIST", "FF-N-PCD", "DR-T1-erasure-KH", "DR-i", "DR-ii", "DR-iii"}
    wanted |= {"DR-iv-order", "DR-v", "RA-F3-RAPID", "RA-F7-RAPID", "CH-F3b-AAI"}
    assert wanted <= ids
    numbers = {one.id: one.paper for found in papers for one in found.expectations}
    assert np.isclose(numbers["DR-T1-erasure-Ising"], 0.18)
    assert np.isclose(numbers["RA-F7-RAPID"], 0.9384)
