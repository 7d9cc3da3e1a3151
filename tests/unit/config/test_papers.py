"""Studies of papers: they are read, united, and their figures are files that they make."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ebmflow.config.definitions import Definitions
from ebmflow.config.figure_targets import figure_files
from ebmflow.config.resolve import resolve
from ebmflow.config.workflow import _own_runs
from ebmflow.config.yaml_file import read_yaml
from ebmflow.errors import ConfigError

QUALITY = {"title": "Quality", "files": ["figures/family/*/seed-*/per_label/quality.*"]}


def test_patterns_become_files(files) -> None:
    files.study["figures"] = {"fig_x_1": QUALITY}
    found = figure_files(files.resolve())["fig_x_1"]
    assert len(found) == 8  # two models, two seeds, two formats
    assert "results/figures/family/plain/seed-1/per_label/quality.svg" in found


def test_a_star_stays_within_a_name(files) -> None:
    pattern = "figures/family/*/quality.svg"
    files.study["figures"] = {"fig_x_1": {"title": "x", "files": [pattern]}}
    with pytest.raises(ConfigError, match="matches no file"):  # a model's lie deeper
        figure_files(files.resolve())


def test_patterns_that_match_nothing_are_refused(files) -> None:
    wrong = "figures/family/plain/seed-0/per_label/qualty.svg"
    files.study["figures"] = {"fig_x_1": {"title": "x", "files": [wrong]}}
    with pytest.raises(ConfigError) as caught:
        figure_files(files.resolve())
    assert "study.yaml, figures.fig_x_1.files.0" in str(caught.value)
    assert "Did you mean 'figures/family/plain/seed-0/per_label/quality.svg'" in str(caught.value)


def include(files, content: dict, name: str = "other") -> None:
    (files.folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    files.study["studies"] = [name]


def test_studies_are_united_and_keep_their_own_settings(files) -> None:
    block = {"datasets": ["pictures"], "models": ["plain"]}
    other = {"runs": [block], "samplings": ["free"], "metrics": ["moments"]}
    include(files, {**other, "figures": {"fig_y_1": {**QUALITY, "files": ["figures/pictures/*"]}}})
    plan = files.resolve()
    assert set(plan.run("pictures", "plain", 0).metrics) == {"moments"}
    assert set(plan.run("family", "plain", 0).metrics) == {"spectrum", "entropy"}
    assert plan.run("pictures", "plain", 0).samplings == ("free",)
    assert list(plan.study.figures) == ["fig_y_1"]


def test_seeds_of_a_study_take_the_place_of_those_of_its_blocks(files) -> None:
    block = {"datasets": ["pictures"], "models": ["plain"]}
    include(files, {"runs": [block], "samplings": ["free"], "metrics": ["moments"], "seeds": [9]})
    assert {run.seed for run in files.resolve().runs} == {0, 1}
    files.study["seeds"] = [3, 4, 5]
    plan = files.resolve()
    assert {run.dataset for run in plan.runs} == {"family", "pictures"}
    assert all(
        {one.seed for one in plan.runs if one.model == name} == {3, 4, 5} for name in plan.models
    )


def test_a_run_of_two_studies_is_refused(files) -> None:
    include(files, {key: files.study[key] for key in ("runs", "samplings", "metrics")})
    with pytest.raises(ConfigError, match=r"other\.yaml, runs\.0: repeats dataset family"):
        files.resolve()


def test_a_study_that_includes_itself_is_refused(files) -> None:
    include(files, {"studies": ["other"]})
    with pytest.raises(ConfigError, match="includes itself"):
        files.resolve()


def test_an_unknown_study_is_refused(files) -> None:
    files.study["studies"] = ["othr"]
    (files.folder / "other.yaml").write_text("title: x\n")
    with pytest.raises(ConfigError, match=r"no file othr\.yaml.*Did you mean 'other'"):
        files.resolve()


def test_the_default_runs_do_not_join_listed_studies() -> None:
    config = {"runs": [1], "studies": ["a"]}
    assert _own_runs(config, [{"studies": ["a"]}])["runs"] == []
    assert _own_runs(config, [{"studies": ["a"], "runs": [1]}])["runs"] == [1]
    assert _own_runs(config, [{"device": "cpu"}])["runs"] == [1]


@pytest.mark.parametrize("scale", [1, 0.01])
def test_all_four_papers_are_read(root: Path, scale: float) -> None:
    file = root / "config" / "paper.yaml"
    plan = resolve({**read_yaml(file), "scale": scale}, file, Definitions([root / "config"]))
    figures = figure_files(plan)
    assert {name.split("_")[1] for name in figures} == {"ff", "dr", "ra", "ch"}
    assert all(figures.values())
    assert bool(plan.reductions) == (scale < 1)
