"""Machines that judge rows of others: runs of the study that know the same letters and sites."""

from __future__ import annotations

import copy

import pytest

from ebmflow.config import targets
from ebmflow.config.specs import spec
from ebmflow.errors import ConfigError
from tests.unit.config.conftest import DATASETS

JUDGE = {"dataset": "pictures", "model": "plain"}


@pytest.fixture
def judged(files):
    """Two datasets of pictures; rows of the first are judged by a machine of the second."""
    files.datasets["others"] = copy.deepcopy(DATASETS["pictures"])
    files.study["runs"] = [
        {"datasets": ["others"], "models": ["plain"], "judges": {"us": JUDGE}},
        {"datasets": ["pictures"], "models": ["plain"]},
    ]
    return files


def test_rows_of_the_block_alone_are_judged(judged) -> None:
    plan = judged.resolve()
    found = targets.paths(targets.final_targets(plan), "judge_samples", "plot_judged")
    assert found == [
        "results/judged/others/plain/seed-0/per_label.parquet",
        "results/figures/others/plain/seed-0/per_label/judged.svg",
        "results/figures/others/plain/seed-0/per_label/judged.png",
    ]
    wildcards = {"dataset": "others", "model": "plain", "seed": 0, "sampling": "per_label"}
    assert spec(plan, "judge_samples", wildcards) == {"judges": {"us": {**JUDGE, "seed": 0}}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"dataset": "picture"},
         "study.yaml, runs.0.judges.us.dataset: no run of the study has dataset picture; expected "
         "one of: others, pictures. Did you mean 'pictures'?"),
        ({"model": "labelled"},
         "runs.0.judges.us.model: no run of the study has model labelled with pictures; expected "
         "one of: plain"),
        ({"seed": 7}, "seed 7 with pictures, plain; expected one of: 0"),
    ],
)  # fmt: skip
def test_judges_must_be_trained(judged, change, expected) -> None:
    judged.study["runs"][0]["judges"] = {"us": JUDGE | change}
    with pytest.raises(ConfigError) as caught:
        judged.resolve()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_letters_are_refused(judged) -> None:
    judged.study["runs"][1]["datasets"].append("family")
    judged.study["runs"][0]["judges"] = {"us": {"dataset": "family", "model": "plain"}}
    with pytest.raises(ConfigError, match="family has letters protein, others binary"):
        judged.resolve()


def test_pictures_of_another_size_are_refused(judged) -> None:
    judged.datasets["others"]["picture"] = [4, 5]
    with pytest.raises(ConfigError, match="pictures of pictures and others differ in size"):
        judged.resolve()


def test_machines_without_energy_are_refused(judged) -> None:
    judged.models["plain"] |= {
        "model": {"kind": "chaotic_two_layer", "labels": False, "target_time": 5.0},
        "gradient": {"kind": "random_start", "sweeps": 5, "centred": False},
    }
    with pytest.raises(ConfigError, match="chaotic_two_layer models have no energy"):
        judged.resolve()


def test_judges_follow_stand_ins(judged) -> None:
    judged.datasets["third"] = judged.datasets["pictures"]
    judged.study["stand_ins"] = {"pictures": {"dataset": "third", "reason": "no network"}}
    assert judged.resolve().runs[0].block.judges["us"].dataset == "third"
    judged.study["stand_ins"] = {"pictures": {"reason": "no network"}}
    judged.study["runs"][0]["judged"] = ["per_label"]  # by nobody then, which is no mistake
    assert judged.resolve().runs[0].block.judges == {}
