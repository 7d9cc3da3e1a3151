"""What rules ask of the library."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.utils import update_config

from ebmflow.config.workflow import Workflow, failures, laid_over
from ebmflow.errors import ConfigError


class Wildcards(SimpleNamespace):
    """Stands for Snakemake's wildcards."""

    def items(self):
        return vars(self).items()


@pytest.fixture
def study(files, monkeypatch: pytest.MonkeyPatch):
    """A working directory with a study and its definitions; returns a function that opens it."""
    files.resolve()
    home = files.folder / "home"
    (home / "config").mkdir(parents=True)
    for section in ("datasets", "models", "samplings"):
        (files.folder / section).rename(home / "config" / section)
    (home / "study.yaml").write_text(yaml.safe_dump(files.study))
    (home / "family.fasta").write_text(">a\nACD\n")
    monkeypatch.chdir(home)
    return lambda **changes: Workflow({**files.study, **changes}, ["study.yaml"], [])


def test_wildcards_are_the_names_that_exist(study) -> None:
    found = study().wildcards
    assert re.fullmatch(found["dataset"], "family")
    assert not re.fullmatch(found["dataset"], "pictures")
    assert re.fullmatch(found["metric"], "entropy")
    assert not re.fullmatch(found["seed"], "-1")


def test_inputs_of_a_job(study) -> None:
    workflow = study()
    family = Wildcards(dataset="family")
    assert workflow.fetched("source")(family) == ["results/data/family/fetched/sequences.json"]
    assert workflow.fetched("labels")(family) == []
    assert workflow.local_files(Wildcards(dataset="family", role="sequences")) == ["family.fasta"]
    Path("family.fasta").unlink()
    assert workflow.local_files(Wildcards(dataset="family", role="sequences")) == []
    scores = workflow.tables("score")(Wildcards(dataset="family", model="plain", seed="1"))
    assert len(scores) == 2
    assert all("/plain/seed-1/" in path for path in scores)


def test_a_mistake_is_reported_with_the_file_that_holds_it(study, files) -> None:
    Path("other.yaml").write_text("device: gpu\n")
    config = {**files.study, "device": "gpu"}
    with pytest.raises(ConfigError, match=r"^other\.yaml, device: found 'gpu'"):
        Workflow(config, ["study.yaml", "other.yaml"], ["other.yaml"])


def test_keys_given_twice_are_refused(study) -> None:
    with open("study.yaml", "a") as stream:
        stream.write("samplings: [free]\n")
    with pytest.raises(ConfigError, match="key 'samplings' given twice"):
        study()


def test_sentences_of_failed_jobs(tmp_path: Path) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    first.write_text("working\ntrain: update 7: not finite\n\n")
    second.write_text("fold: no weights\n")
    said = "".join(
        f"Error in rule x:\n    message: None\n    jobid: 3\n    log: {log} (check log file(s))\n"
        for log in (first, second, first)
    )
    whole = tmp_path / "snakemake.log"
    whole.write_text(said + "    log: elsewhere.log (check log file(s))\n")
    assert failures([whole]) == ["train: update 7: not finite", "fold: no weights"]


@pytest.mark.parametrize(
    "above",
    [
        {},
        {"runs": [{"seeds": [1]}]},
        {"scoring": {"reference": "test"}, "device": "cpu"},
        {"scoring": {"deep": {"b": 2}}},
        {"scoring": None},
        {"title": {"a": 1}},
    ],
)
def test_configurations_are_laid_over_each_other_as_snakemake_does(above):
    below = {"title": "x", "runs": [{"seeds": [0]}], "scoring": {"rows": 5, "deep": {"a": 1}}}
    expected = copy.deepcopy(below)
    update_config(expected, above)
    assert laid_over(below, above) == expected
