"""Papers against results: facts of other tables than scores, and the files that are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ebmflow.evaluation.expectations.compare import plays
from ebmflow.evaluation.expectations.facts import fact_rows, half_time
from ebmflow.evaluation.expectations.form import DataGroup, PaperFile, Quantity, read_papers
from ebmflow.evaluation.expectations.obtain import Course, seed_values
from ebmflow.evaluation.expectations.verdict import SeedValue
from ebmflow.evaluation.report_places import Place, identify
from ebmflow.evaluation.tables import score_frame

CONFIG = Path(__file__).resolve().parents[3] / "config"


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


def test_the_place_of_a_peak_needs_five_values_of_the_parameter() -> None:
    betas = [0.35, 0.40, 0.44, 0.46, 0.50]
    capacities = [0.5, 0.9, 1.8, np.nan, 1.1]
    frame = pd.DataFrame({"parameter": betas, "value": capacities}).assign(
        observable="heat capacity per spin", standard_error=0.01
    )
    (few,) = fact_rows(Place("peaks", "d", "m", 3, "free"), frame, {})
    assert few["value"] is None
    assert few["note"] == "5 values of the parameter at least are needed, not 4"
    (found,) = fact_rows(Place("peaks", "d", "m", 3, "free"), frame.fillna(1.5), {})
    assert (found["metric"], found["statistic"]) == ("observables", "heat_capacity_per_spin_peak")
    assert (found["value"], found["standard_error"]) == (0.44, 0)
    (noisy,) = fact_rows(Place("peaks", "d"), frame.fillna(1.5).assign(standard_error=0.15), {})
    assert noisy["standard_error"] * 1.96 == pytest.approx(0.02)  # 0.46 might be the place


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
            "ensemble": ["normal"] * 5,
            "draw": [0, 0, 1, 1, 1],
            "visible": [20, 20, 20, 20, 4],
            "deviation": [0.1, 10, 0.11, 10.2, 10.2],
            "accessibility": [0.3, 0.8, 0.5, 0.9, 0.1],
        }
    )
    rows = fact_rows(
        identify("results/untrained/d/m.parquet"), frame, {"glorot": 0.2, "visible": 20}
    )
    found = {row["statistic"]: row["value"] for row in rows}
    assert found == pytest.approx({"normal_plateau": 0.85, "normal_glorot": 0.4})
    assert {(row["dataset"], row["model"]) for row in rows} == {("d", "m")}


def test_untrained_machines_of_several_sizes() -> None:
    """Largest minus smallest, a draw each: 0.7 - 0.9 and 0.9 - 1.0; other scales do not count."""
    frame = pd.DataFrame(
        {
            "ensemble": ["normal"] * 6,
            "draw": [0, 1, 0, 1, 0, 0],
            "visible": [4, 4, 12, 12, 8, 8],
            "deviation": [10.0, 10.0, 10.0, 10.0, 10.0, 0.1],
            "accessibility": [0.9, 1.0, 0.7, 0.9, 0.5, 0.2],
        }
    )
    facts = {"glorot": 0.2, "visible": 8, "sizes_deviation": 10.0}
    rows = fact_rows(identify("results/untrained/d/m.parquet"), frame, facts)
    found = {row["statistic"]: row["value"] for row in rows}
    assert found["normal_growth"] == pytest.approx(-0.15)
    assert found["normal_plateau"] == pytest.approx(0.5)


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
