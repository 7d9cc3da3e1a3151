"""Every stage that a study does not run is named with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebmflow.config.skipped import STAGES, skipped
from ebmflow.config.targets import final_targets
from ebmflow.config.workflow import read_plan

CONFIG = Path(__file__).resolve().parents[3] / "config"
STUDIES = ["config.yaml", "ci.yaml", "ising.yaml", "disentangling_snps.yaml", "rapid_bars.yaml"]


def reasons(files) -> dict[str, dict[str, str]]:
    return {line["stage"]: line for line in skipped(files.resolve())}


def test_letters_with_labels(files) -> None:
    found = reasons(files)
    assert found["images"]["reason"] == "rows are no pictures"
    assert found["allele frequencies"]["reason"] == "sites do not hold one of two alleles"
    assert "sequence logos" not in found
    assert "distance to training rows" not in found
    assert found["likelihood"]["reason"] == "the study does not ask for it (`likelihood`)"
    # one of the two models has labels
    line = found["prediction of labels"]
    assert (line["model"], line["reason"]) == ("plain", "the model has no label units")


def test_asked_for_is_not_skipped(files) -> None:
    files.study["runs"][0] |= {"structure": "fake", "probe": {}}
    found = reasons(files)
    assert "structure prediction" not in found
    assert "classifiers on hidden units" not in found
    assert "protein language model" in found


def test_pictures_without_labels(files) -> None:
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    found = reasons(files)
    assert found["classifiers on hidden units"]["reason"] == "the data have no labels"
    assert found["structure prediction"]["reason"] == "rows are no sequences of residues"
    assert found["sequence logos"]["reason"] == "rows are pictures, and drawn as such"
    assert found["chains of images"]["reason"] == "rows are recorded at one time only"


def test_dna_is_no_protein_that_nobody_asked_about(files) -> None:
    files.datasets["family"]["alphabet"] = "dna"
    assert reasons(files)["structure prediction"]["reason"] == "rows are no sequences of residues"


def test_real_numbers_are_never_equal(files) -> None:
    files.datasets["pictures"]["alphabet"] = "real"
    files.models["plain"]["model"]["visible"] = "gaussian"
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    assert "of which no two are equal" in reasons(files)["distance to training rows"]["reason"]


def test_what_is_impossible_comes_first(files) -> None:
    asked = ["does not ask" in line["reason"] for line in skipped(files.resolve())]
    assert asked == sorted(asked)
    assert any(asked)


@pytest.mark.parametrize("study", STUDIES)
def test_no_stage_is_silently_absent(study: str) -> None:
    """Rules that some study runs, and this one does not, are all accounted for."""
    known = {target.rule for name in STUDIES for target in final_targets(read_plan(CONFIG / name))}
    plan = read_plan(CONFIG / study)
    done = {target.rule for target in final_targets(plan)}
    titles = {line["stage"] for line in skipped(plan)}
    accounted = {rule for one in STAGES if one.title in titles for rule in (one.rule, *one.figures)}
    # drawn from metrics that a study names, or from several seeds
    free = {"plot_learning", "plot_singular_values", "plot_confusion_over_seeds"}
    assert known - done - accounted <= free
