"""Studies become plans; every mistake is one line with file, key, value and accepted values."""

from __future__ import annotations

import pytest

from ebmflow.config.model import merged
from ebmflow.errors import ConfigError


def refusal(files) -> str:
    with pytest.raises(ConfigError) as caught:
        files.resolve()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_blocks_are_products_and_are_united(files) -> None:
    files.study["runs"].append({"datasets": ["pictures"], "models": ["plain"], "seeds": [3]})
    plan = files.resolve()
    assert [(run.dataset, run.model, run.seed) for run in plan.runs] == [
        ("family", "labelled", 0),
        ("family", "labelled", 1),
        ("family", "plain", 0),
        ("family", "plain", 1),
        ("pictures", "plain", 3),
    ]
    assert plan.run("pictures", "plain", "3").samplings == ("per_label",)


def test_a_block_may_have_samplings_of_its_own(files) -> None:
    files.study["runs"][0]["samplings"] = ["free"]
    plan = files.resolve()
    assert {run.samplings for run in plan.runs} == {("free",)}
    assert set(plan.samplings) == {"free"}


def test_overrides_are_merged_for_their_dataset_only(files) -> None:
    files.models["labelled"]["overrides"] = {
        "family": {"model": {"hidden": {"units": 9}}, "updates": 7}
    }
    files.study["runs"][0]["datasets"] = ["family"]
    recipe = files.resolve().recipes["family", "labelled"]
    assert (recipe.model.hidden.units, recipe.updates) == (9, 7)
    assert recipe.gradient.sweeps == 5


def test_merging_replaces_lists_and_other_kinds() -> None:
    recipe = {"a": {"kind": "x", "u": 1}, "b": [1, 2], "c": {"d": 1, "e": 2}}
    override = {"a": {"kind": "y"}, "b": [3], "c": {"e": 5}}
    assert merged(recipe, override) == {"a": {"kind": "y"}, "b": [3], "c": {"d": 1, "e": 5}}
    assert recipe["c"] == {"d": 1, "e": 2}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: f.study.update(metrcs=["spectrum"]),
         "study.yaml, metrcs: unknown key 'metrcs'; expected one of: device, figures, metrics, "
         "mirror, prediction, runs, samplings, scale, scoring, seeds, stand_ins, studies, title. "
         "Did you mean 'metrics'?"),
        (lambda f: f.study["runs"][0].update(datasets=["famly"]),
         "study.yaml, runs.0.datasets.0: no file datasets/famly.yaml; expected one of: family, "
         "pictures. Did you mean 'family'?"),
        (lambda f: f.study["runs"][0].update(models=["labelled", "plane"]),
         "study.yaml, runs.0.models.1: no file models/plane.yaml; expected one of: labelled, "
         "plain. Did you mean 'plain'?"),
        (lambda f: f.study.update(samplings=["per_lable"]), "Did you mean 'per_label'?"),
        (lambda f: f.study.update(metrics=["spectrun"]),
         "study.yaml, metrics.0.kind: unknown kind 'spectrun'"),
        (lambda f: f.study.update(metrics=["spectrum", "spectrum"]),
         "study.yaml, metrics.1: 'spectrum' again; expected every metric once"),
        (lambda f: f.study.update(device="gpu"),
         "study.yaml, device: found 'gpu'; expected one of: auto, cpu, cuda"),
        (lambda f: f.study.update(runs=[]), "study.yaml, runs: found []"),
        (lambda f: f.study["runs"][0].update(seeds=[-1]), "study.yaml, runs.0.seeds.0: found -1"),
        (lambda f: f.study["runs"][0].update(seeds=[2**63]), "runs.0.seeds.0: found 9223372036854"),
        (lambda f: f.study["runs"][0].update(seeds=[]),
         "study.yaml, runs.0.seeds: found []; expected 1 or more, not none"),
        (lambda f: f.study.update(prediction={"methods": []}), "study.yaml, prediction.methods:"),
        (lambda f: f.study.update(stand_ins={"family": {"dataset": "family", "reason": "x"}}),
         "stand_ins.family.dataset: found 'family'; expected a dataset that needs no stand-in"),
        (lambda f: f.study.update(stand_ins={"family": "pictures"}),
         "study.yaml, stand_ins.family: found 'pictures'; expected keys and values"),
        (lambda f: f.study.update(runs=["family"]),
         "study.yaml, runs.0: found 'family'; expected keys and values"),
        (lambda f: f.study["runs"][0].update(judged=["per_label"]),
         "study.yaml, runs.0.judged: nothing judges sequences; expected `structure`, `lang"),
        (lambda f: f.study["runs"][0].update(datasets=["../family"]),
         "study.yaml, runs.0.datasets.0: found '../family'; expected string should match pattern"),
        (lambda f: f.study["runs"][0].update(seeds=0),
         "study.yaml, runs.0.seeds: found 0; expected a list: [0]"),
        (lambda f: f.study["runs"][0].update(models="plain"),
         "study.yaml, runs.0.models: found 'plain'; expected a list: [plain]"),
        (lambda f: f.study["runs"].append({"datasets": ["family"], "models": ["plain"]}),
         "study.yaml, runs.1: repeats dataset family, model plain, seed 0 of runs.0"),
        (lambda f: f.datasets["family"].pop("split"),
         "datasets/family.yaml, split: the key is missing; expected which rows are held out"),
        (lambda f: f.datasets["family"].update(alphabet="A"),
         "datasets/family.yaml, alphabet: found 'A'; expected one of: protein"),
        (lambda f: f.datasets["family"]["source"].update(kind="fils"),
         "datasets/family.yaml, source.kind: unknown kind 'fils'"),
        (lambda f: f.datasets["family"]["weights"].update(identity=0.9),
         "datasets/family.yaml, weights.identity: unknown key 'identity'"),
        (lambda f: f.datasets["family"]["labels"].update(patern="x"),
         "datasets/family.yaml, labels.patern: unknown key 'patern'"),
        (lambda f: f.models["labelled"]["model"]["hidden"].update(unit=3),
         "models/labelled.yaml, model.hidden.unit: unknown key 'unit'; expected one of: kind, "
         "units. Did you mean 'units'?"),
        (lambda f: f.models["labelled"].update(gradient={"kind": "fast_and_functionl"}),
         "Did you mean 'fast_and_functional'?"),
        (lambda f: f.models["labelled"].update(updates="many"),
         "models/labelled.yaml, updates: found 'many'; expected a valid integer"),
        (lambda f: f.models["labelled"].update(overrides={"famly": {"updates": 3}}),
         "models/labelled.yaml, overrides: no file datasets/famly.yaml"),
        (lambda f: f.models["labelled"].update(overrides={"family": {"update": 3}}),
         "models/labelled.yaml, overrides.family.update: unknown key 'update'"),
        (lambda f: f.samplings["per_label"].update(times="train"),
         "samplings/per_label.yaml, times"),
    ],
)  # fmt: skip
def test_mistakes(files, change, expected: str) -> None:
    change(files)
    assert expected in refusal(files)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: f.datasets["family"].pop("labels"), "labels"),
        (lambda f: f.models["labelled"]["model"].update(visible="gaussian"), "gaussian"),
        (lambda f: f.models["labelled"]["model"].update(labels=False), "fast_and_functional"),
    ],
    ids=["labels of unlabelled data", "units that cannot represent the data", "no label group"],
)
def test_impossible_pairs_are_refused(files, change, expected: str) -> None:
    change(files)
    message = refusal(files)
    assert "models/labelled.yaml on dataset family" in message
    assert expected in message


def test_the_first_folder_wins(files, tmp_path) -> None:
    from ebmflow.config.definitions import Definitions

    files.resolve()
    mine = tmp_path / "mine"
    (mine / "samplings").mkdir(parents=True)
    (mine / "samplings" / "free.yaml").write_text("title: Mine\nclamp: []\n")
    found = Definitions([mine, files.folder]).sampling("free", "study.yaml", "samplings.0")
    assert found.title == "Mine"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"datasets": ["pictures"], "models": ["plain"], "probe": {}},
         "study.yaml, runs.0.probe: 'Pictures' has no labels; expected labelled data"),
        ({"datasets": ["family"], "models": ["chaotic"], "likelihood": {}},
         "study.yaml, runs.0.likelihood: chaotic_two_layer models have no energy"),
        ({"datasets": ["family"], "models": ["plain"],
          "costs": {"unconstrained": "plain", "others": {"partial_erasure": "plain"}}},
         "study.yaml, runs.0.costs: there is no `likelihood`"),
        ({"datasets": ["family"], "models": ["plain"], "likelihood": {},
          "costs": {"unconstrained": "plain", "others": {"partial_erasure": "erased"}}},
         "study.yaml, runs.0.costs: found 'erased'; expected one of: plain"),
    ],
)  # fmt: skip
def test_analyses_that_make_no_sense_are_refused(files, block, expected: str) -> None:
    files.models["chaotic"] = {
        "title": "Chaotic",
        "model": {"kind": "chaotic_two_layer", "hidden_units": 8, "labels": False},
        "gradient": {"kind": "random_start", "sweeps": 100, "centred": False},
        "updates": 5,
    }
    files.study["runs"] = [block]
    assert expected in refusal(files)


def test_costs_start_from_the_unconstrained_model(files) -> None:
    files.study["runs"][0] |= {
        "likelihood": {},
        "costs": {"unconstrained": "plain", "others": {"partial_erasure": "labelled"}},
    }
    plan = files.resolve()
    assert plan.run("family", "plain", 0).costs is not None
    assert plan.run("family", "labelled", 0).costs is None


CORRUPTED = {"start": "corrupted", "clamp": [], "corruption": {"given": 2, "blank": True}}


def test_rows_that_cannot_be_corrupted_are_refused(files) -> None:
    files.study["runs"] = [{"datasets": ["pictures"], "models": ["plain"]}]
    files.study["samplings"] = ["free"]
    files.samplings["free"] = CORRUPTED
    assert files.resolve().samplings["free"].tells_sites_apart
    files.models["plain"] |= {
        "model": {"kind": "chaotic_two_layer", "labels": False, "target_time": 5.0},
        "gradient": {"kind": "random_start", "sweeps": 5, "centred": False},
    }
    assert "free tells sites apart, and plain is a chaotic_two_layer; expected RBMs" in refusal(
        files
    )
    files.datasets["pictures"]["alphabet"] = "real"
    assert "free starts from corrupted rows, and pictures holds numbers" in refusal(files)
