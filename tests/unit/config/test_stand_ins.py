"""Datasets that cannot be had: others stand in, or their runs are left out; both are recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebmflow.config import specs
from ebmflow.config.definitions import Definitions
from ebmflow.config.figure_targets import figure_files
from ebmflow.config.resolve import resolve
from ebmflow.config.summary import describe
from ebmflow.config.yaml_file import read_yaml
from ebmflow.errors import ConfigError

QUALITY = {"title": "Quality", "files": ["figures/family/plain/seed-0/per_label/quality.svg"]}
BOTH = [{"datasets": ["family", "pictures"], "models": ["plain"]}]


def without(files, stand_in: dict, runs: list | None = None, name: str = "family"):
    files.study |= {"stand_ins": {name: stand_in}, "runs": runs or BOTH}
    return files.resolve()


def test_a_stand_in_takes_the_place_in_runs_and_figures(files) -> None:
    files.study["runs"] = [{"datasets": ["family"], "models": ["plain"]}]
    files.study["figures"] = {
        "fig_x_1": QUALITY,
        "table_x_1": {"title": "Rows", "files": ["datasets/family.parquet"]},
    }
    plan = without(files, {"dataset": "pictures", "reason": "no network"}, files.study["runs"])
    assert [run.dataset for run in plan.runs] == ["pictures"]
    assert set(plan.datasets) == {"pictures"}
    assert figure_files(plan) == {
        "fig_x_1": ["results/figures/pictures/plain/seed-0/per_label/quality.svg"],
        "table_x_1": ["results/datasets/pictures.parquet"],
    }


def test_a_stand_in_that_is_there_already_runs_once(files) -> None:
    plan = without(files, {"dataset": "pictures", "reason": "no network"})
    assert [run.dataset for run in plan.runs] == ["pictures"]


def test_without_stand_in_runs_and_figures_are_left_out(files) -> None:
    other = {"title": "Pictures", "files": ["figures/*/plain/seed-0/per_label/quality.svg"]}
    files.study["figures"] = {"fig_x_1": QUALITY, "fig_x_2": other}
    plan = without(files, {"reason": "to be fetched by hand"})
    assert [run.dataset for run in plan.runs] == ["pictures"]
    assert list(figure_files(plan)) == ["fig_x_2"]


def test_the_report_and_check_say_what_is_absent(files) -> None:
    files.study["figures"] = {"fig_x_1": QUALITY}
    plan = without(files, {"reason": "to be fetched by hand"})
    lines = specs.spec(plan, "write_report", {})["skipped"]
    assert [line["stage"] for line in lines] == ["dataset, left out", "figure"]
    assert lines[0]["dataset"] == "family"
    assert lines[0]["reason"] == "to be fetched by hand"
    assert "dataset, left out: family: to be fetched by hand" in list(describe(plan))


def test_datasets_that_the_study_does_not_ask_for_are_not_absent(files) -> None:
    runs = [{"datasets": ["pictures"], "models": ["plain"]}]
    assert without(files, {"reason": "no network"}, runs).absences == ()


def test_nothing_left_to_run_is_an_error(files) -> None:
    runs = [{"datasets": ["family"], "models": ["plain"]}]
    with pytest.raises(ConfigError, match=r"stand_ins.*not left out"):
        without(files, {"reason": "no network"}, runs)


@pytest.mark.parametrize(
    ("stand_in", "name", "key"),
    [
        ({"reason": "x"}, "famly", "stand_ins"),
        ({"dataset": "picture", "reason": "x"}, "family", "stand_ins.family.dataset"),
    ],
)
def test_unknown_names_are_refused(files, stand_in: dict, name: str, key: str) -> None:
    with pytest.raises(ConfigError, match=f"study.yaml, {key}: no file datasets/.*Did you mean"):
        without(files, stand_in, name=name)


def test_the_papers_without_the_internet_need_only_what_was_fetched(root: Path) -> None:
    """No dataset of config/offline.yaml is left, and figures of the others are still made."""
    file, offline = root / "config" / "paper.yaml", read_yaml(root / "config" / "offline.yaml")
    plan = resolve({**read_yaml(file), **offline}, file, Definitions([root / "config"]))
    assert not set(offline["stand_ins"]) & set(plan.datasets)
    figures = figure_files(plan)
    assert "fig_dr_5" not in figures
    assert any("/pdz/" in path for path in figures["fig_dr_10"])
    assert any("/gh5/" in path for path in figures["fig_ff_3a"])
