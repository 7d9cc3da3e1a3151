"""Which files a study makes follows from the kinds of its data."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ebmflow.config.summary import describe
from ebmflow.config.targets import INTERPRETER, final_targets, paths
from ebmflow.config.workflow import Workflow
from ebmflow.errors import ConfigError


def names(files, **wildcards: str) -> set[str]:
    """Names of the figures of generated rows."""
    found = paths(final_targets(files.resolve()), **wildcards)
    figures = [path.rsplit("/", 1)[1] for path in found if "/figures/" in path]
    return {name.removesuffix(".svg") for name in figures if name.endswith(".svg")}


def test_letters_get_logos_and_labels_get_predictions(files) -> None:
    assert names(files, model="labelled", sampling="per_label") == {
        "logos", "novelty", "projection", "quality",
    }  # fmt: skip
    found = paths(final_targets(files.resolve()), "predict_labels", "classify")
    assert len(found) == 4
    assert all("/labelled/" in path for path in found)


def test_figures_of_labels_follow_from_times_and_seeds(files) -> None:
    def of_labels() -> set[str]:
        found = paths(final_targets(files.resolve()), dataset="family")
        names = {path.rsplit("/", 1)[1] for path in found if path.endswith(".svg")}
        return names & {"calibration.svg", "prediction_time.svg", "confusion_over_seeds.svg"}

    files.study["runs"] = [{"datasets": ["family"], "models": ["labelled"], "seeds": [0]}]
    assert of_labels() == {"calibration.svg"}
    files.study["prediction"] = {"times": [1, 10]}
    assert of_labels() == {"calibration.svg", "prediction_time.svg"}
    files.study["runs"][0]["seeds"] = [0, 1]
    assert len(of_labels()) == 3


def test_pictures_get_grids(files) -> None:
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    found = names(files, sampling="per_label")
    assert "images" in found
    assert not {"logos", "frequencies"} & found
    assert not paths(final_targets(files.resolve()), "plot_confusion", "plot_accuracy")


def test_binary_rows_get_frequencies(files) -> None:
    files.datasets["pictures"].pop("picture")
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    assert "frequencies" in names(files, sampling="per_label")


def test_real_rows_have_no_letters_to_compare(files) -> None:
    files.datasets["pictures"]["alphabet"] = "real"
    files.models["plain"]["model"]["visible"] = "gaussian"
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    found = names(files, sampling="per_label")
    assert "images" in found
    assert "novelty" not in found


def test_paths_are_unique(files) -> None:
    found = paths(final_targets(files.resolve()))
    assert len(found) == len(set(found))


def test_description_counts_runs_and_files(files) -> None:
    plan = files.resolve()
    text = "\n".join(describe(plan))
    assert "4 training runs" in text
    assert f"final files below results/: {len(final_targets(plan))}" in text


def test_units_of_letters_and_of_pictures_are_drawn(files) -> None:
    files.study["runs"] = [
        {"datasets": ["family"], "models": ["labelled"]},
        {"datasets": ["pictures"], "models": ["plain"]},
    ]
    figures = paths(final_targets(files.resolve()), "plot_units")
    assert {path.split("/")[2] for path in figures} == {"family", "pictures"}


def judging(files, **settings):
    files.study["runs"][0] |= {"models": ["labelled"], "seeds": [0], **settings}
    plan = files.resolve()
    rules = {target.rule for target in final_targets(plan)}
    return rules & {
        "fold", "write_pdb", "compare_structures", "plot_tm_score", "score_plausibility",
        "plot_plausibility", "plot_structure",
    }  # fmt: skip


def test_judges_of_sequences_are_asked_for_one_by_one(files) -> None:
    assert judging(files) == set()
    assert judging(files, structure="esmfold") == {"fold", "plot_structure"}
    assert judging(files, structure={"kind": "esmfold", "pdb": True}, tm_score={}) == {
        "fold", "plot_structure", "write_pdb", "compare_structures", "plot_tm_score",
    }  # fmt: skip
    files.study["runs"][0].pop("structure")
    files.study["runs"][0].pop("tm_score")
    assert judging(files, language_model="esm2") == {"score_plausibility", "plot_plausibility"}


def test_only_the_plans_named_are_judged(files) -> None:
    files.samplings["again"] = files.samplings["per_label"]
    files.study["samplings"] = ["per_label", "again"]
    files.study["runs"][0] |= {"models": ["labelled"], "seeds": [0], "language_model": "esm2"}
    files.study["runs"][0] |= {"structure": {"kind": "esmfold", "pdb": True}, "tm_score": {}}

    def judged() -> list[str]:
        rules = ("fold", "write_pdb", "compare_structures", "score_plausibility")
        drawn = ("plot_structure", "plot_tm_score", "plot_plausibility")
        found = [one for one in final_targets(files.resolve()) if one.rule in (*rules, *drawn)]
        assert {one.rule for one in found} == {*rules, *drawn}
        return sorted({one.wildcards["sampling"] for one in found})

    assert judged() == ["again", "per_label"]
    files.study["runs"][0]["judged"] = ["per_label"]
    assert judged() == ["per_label"]
    files.study["runs"][0]["judged"] = ["per_labl"]
    with pytest.raises(ConfigError, match="per_label") as caught:
        files.resolve()
    assert caught.value.key == "runs.0.judged.0"


@pytest.mark.parametrize(
    ("structure", "recorded"),
    [
        ("esmfold", []),
        ("esmfold_fair_esm", [INTERPRETER]),
        ({"kind": "esmfold_fair_esm", "python": "python3.9"}, []),
        (None, []),
    ],
)
def test_an_interpreter_is_recorded_where_one_is_needed(files, structure, recorded) -> None:
    files.study["runs"][0] |= {"models": ["labelled"], "seeds": [0], "structure": structure}
    plan = files.resolve()
    run = plan.runs[0]
    found = Workflow.judge_interpreter(SimpleNamespace(plan=plan), SimpleNamespace(**run.wildcards))
    assert found == recorded


def test_tm_scores_need_structures(files) -> None:
    for structure in (None, "lattice"):
        with pytest.raises(ConfigError, match="which gives no coordinates") as caught:
            judging(files, structure=structure, tm_score={})
        assert caught.value.key == "runs.0.tm_score"


@pytest.mark.parametrize("alphabet", ["dna", "rna", "01", "real", "-BJ"])
@pytest.mark.parametrize("judge", ["structure", "language_model"])
def test_only_proteins_are_judged(files, alphabet, judge) -> None:
    """The letters of DNA stand for amino acids too: its rows would get numbers."""
    files.datasets["family"]["alphabet"] = alphabet
    files.study["runs"][0]["models"] = ["labelled"]
    if alphabet == "real":
        files.models["labelled"]["model"]["visible"] = "gaussian"
    with pytest.raises(ConfigError, match=f"fake judges proteins, 'A family' has.* {alphabet};"):
        judging(files, **{judge: "fake"})


def test_few_letters_may_be_residues(files) -> None:
    files.datasets["family"]["alphabet"] = "-HPC"
    assert "fold" in judging(files, structure="fake")


def test_a_check_names_figures_and_refuses_patterns_without_files(files) -> None:
    figure = {"title": "Curves", "files": ["figures/family/quality.*"]}
    files.study["figures"] = {"fig_a": figure}
    assert "fig_a: 2 files: Curves" in list(describe(files.resolve()))
    figure["files"] = ["figures/family/qualty.svg"]
    with pytest.raises(ConfigError, match=r"matches no file.*figures/family/quality\.svg"):
        list(describe(files.resolve()))


def test_chains_of_pictures_are_drawn_where_several_times_are_recorded(files) -> None:
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    assert "chains" not in names(files, sampling="per_label")
    files.samplings["per_label"]["times"] = [1, 10]
    assert "chains" in names(files, sampling="per_label")


def test_machines_of_several_temperatures_are_compared_once(files) -> None:
    for name, betas in (("cold", [0.5]), ("warm", [0.4]), ("both", [0.4, 0.5])):
        files.datasets[name] = {
            "title": name,
            "source": {"kind": "ising", "side": 4, "betas": betas, "rows": 9},
            "alphabet": "binary",
            "labels": {"kind": "annotation", "column": "sign"},
            "split": {"kind": "stratified"},
        }
    files.study["runs"] = [{"datasets": ["cold", "warm", "both"], "models": ["plain"]}]
    plan = files.resolve()
    found = paths(final_targets(plan), "compare_observables", "collect_observables")
    assert {path.split("/")[2] for path in found} == {"cold"}
    observed = paths(final_targets(plan), "observe_samples")
    assert {path.split("/")[2] for path in observed} == {"cold", "warm"}


def test_ages_are_compared_where_times_and_ages_differ(files) -> None:
    def compared() -> bool:
        return bool(paths(final_targets(files.resolve()), "compare_ages"))

    plan = files.samplings["per_label"]
    plan["times"] = [1, 10]
    assert not compared()
    plan["ages"] = [100, 200]
    assert compared()
    plan["times"] = "trained"
    assert not compared()


def test_chaotic_networks_show_their_couplings(files) -> None:
    def shown() -> list[str]:
        found = paths(final_targets(files.resolve()), "plot_couplings", "plot_units")
        return sorted({path.rsplit("/", 1)[1].split(".")[0] for path in found})

    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    assert shown() == ["units"]
    files.models["plain"]["model"] = {"kind": "chaotic_unrestricted", "labels": False}
    files.models["plain"]["gradient"] = {"kind": "random_start", "sweeps": 100}
    assert shown() == ["couplings"]
    files.models["plain"]["model"]["kind"] = "chaotic_two_layer"
    assert shown() == ["couplings", "units"]
