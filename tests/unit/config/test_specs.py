"""A job's settings hold what its stage uses, as builtins in a fixed order, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ebmflow.config import specs
from ebmflow.config.plain import plain
from ebmflow.config.targets import final_targets

RUN = {"dataset": "family", "model": "labelled", "seed": "0"}


def jobs(plan) -> list[tuple[str, dict[str, Any]]]:
    data = ("align", "filter_gaps", "assemble_labels", "reweight", "assemble_dataset")
    of_data = [(rule, {"dataset": name}) for rule in data for name in plan.datasets]
    return [*of_data, *((target.rule, target.wildcards) for target in final_targets(plan))]


def assert_plain(value: Any) -> None:
    if isinstance(value, dict):
        assert list(value) == sorted(value)
        for key, one in value.items():
            assert type(key) is str
            assert_plain(one)
    elif isinstance(value, list):
        for one in value:
            assert_plain(one)
    else:
        assert type(value) in (str, int, float, bool, type(None))


def test_specs_are_builtins_with_sorted_keys(files) -> None:
    files.study["runs"].append({"datasets": ["pictures"], "models": ["plain"]})
    plan = files.resolve()
    for rule, wildcards in jobs(plan):
        spec = specs.spec(plan, rule, wildcards)
        assert_plain(spec)
        assert json.loads(json.dumps(spec)) == spec


def test_every_job_has_a_fingerprint(files) -> None:
    plan = files.resolve()
    for rule, wildcards in jobs(plan):
        assert len(specs.code(plan, rule, wildcards)) == 16


def test_only_the_report_knows_titles_and_sources(files) -> None:
    files.models["labelled"]["cite"] = files.datasets["family"]["title"] = "PROSE"
    files.samplings["per_label"]["title"] = files.study["title"] = "PROSE"
    plan = files.resolve()
    telling = {
        rule for rule, wildcards in jobs(plan) if "PROSE" in str(specs.spec(plan, rule, wildcards))
    }
    assert telling == {"write_report"}


def test_no_job_knows_device_or_mirror(files) -> None:
    before = files.resolve()
    files.study |= {"device": "cpu", "mirror": "/elsewhere"}
    after = files.resolve()
    for rule, wildcards in jobs(before):
        assert specs.spec(before, rule, wildcards) == specs.spec(after, rule, wildcards)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (lambda f: f.datasets["family"]["weights"].update(identity_threshold=0.7), {"reweight"}),
        (lambda f: f.datasets["family"]["weights"].update(strict=False), {"reweight"}),
        (lambda f: f.datasets["family"]["weights"].update(balance_classes=False),
         {"assemble_dataset"}),
        (lambda f: f.datasets["family"]["labels"].update(pattern="f=(.)"),
         {"assemble_labels"}),
        (lambda f: f.datasets["family"].update(filter={"max_row_gaps": 0.5}), {"filter_gaps"}),
        (lambda f: f.datasets["family"].update(align={"kind": "famsa"}), {"align"}),
        (lambda f: f.datasets["family"].update(split={"kind": "random", "seed": 1}),
         {"split_dataset"}),
        (lambda f: f.models["labelled"].update(updates=50),
         {"train", "compare_papers", "write_report"}),
        (lambda f: f.samplings["per_label"].update(times=[1]), {"sample", "write_report"}),
        (lambda f: f.study.update(scoring={"floor": False}), {"score"}),
    ],
)  # fmt: skip
def test_a_setting_reaches_only_the_stages_that_use_it(files, change, rules: set[str]) -> None:
    before = files.resolve()
    change(files)
    after = files.resolve()
    differing = {
        rule
        for rule, wildcards in jobs(before)
        if specs.spec(before, rule, wildcards) != specs.spec(after, rule, wildcards)
    }
    assert differing == rules


def closure(plan, rule: str, wildcards: dict[str, Any], monkeypatch) -> set[str]:
    """Modules in the fingerprint of a job."""
    from ebmflow.provenance import import_closure

    seen: list[frozenset[str]] = []
    monkeypatch.setattr(specs, "_fingerprint", lambda modules: seen.append(modules) or "")
    specs.code(plan, rule, wildcards)
    return import_closure(seen[0])


def test_fingerprints_cover_components_and_unit_types_in_use(files, monkeypatch) -> None:
    plan = files.resolve()
    found = closure(plan, "train", RUN, monkeypatch)
    used = {
        "ebmflow.stages.train",
        "ebmflow.training.families.rbm",
        "ebmflow.training.gradients.monte_carlo",
        "ebmflow.training.optimisers.sgd",
        "ebmflow.training.couplings.dense",
        "ebmflow.core.layers.potts",
        "ebmflow.core.layers.bernoulli",
        "ebmflow.core.rbm",
    }
    assert used <= found
    unused = {
        "ebmflow.core.layers.gaussian",
        "ebmflow.core.layers.spin",
        "ebmflow.training.optimisers.adam",
        "ebmflow.training.families.chaotic",
        "ebmflow.errors",
    }
    assert not unused & found
    assert not any(name.startswith(("ebmflow.config", "ebmflow.figures")) for name in found)


def test_sampling_depends_on_the_model_and_not_on_its_training(files, monkeypatch) -> None:
    plan = files.resolve()
    found = closure(plan, "sample", {**RUN, "sampling": "per_label"}, monkeypatch)
    assert {"ebmflow.training.families.rbm", "ebmflow.core.layers.potts"} <= found
    assert "ebmflow.training.gradients.monte_carlo" not in found


def test_a_score_depends_on_its_own_metric(files, monkeypatch) -> None:
    plan = files.resolve()
    wildcards = {**RUN, "sampling": "per_label", "metric": "spectrum"}
    found = closure(plan, "score", wildcards, monkeypatch)
    assert "ebmflow.evaluation.metrics.spectrum" in found
    assert "ebmflow.evaluation.metrics.entropy" not in found


def test_figures_do_not_depend_on_models(files, monkeypatch) -> None:
    plan = files.resolve()
    wildcards = {**RUN, "sampling": "per_label"}
    found = closure(plan, "plot_projection", wildcards, monkeypatch)
    assert not any(name.startswith(("ebmflow.core", "ebmflow.training")) for name in found)


def test_what_snakemake_cannot_compare_is_refused() -> None:
    with pytest.raises(TypeError, match="Snakemake cannot compare"):
        plain({"a": object()})


def test_figures_are_told_what_rows_are_compared_with(files) -> None:
    one = {**RUN, "sampling": "per_label"}
    plan = files.resolve()
    assert specs.spec(plan, "plot_quality", one) == {"reference": "test"}
    assert specs.spec(plan, "compare_ages", {"dataset": "family"}) == {"independent": True}
    files.study["runs"][0]["scoring"] = {"references": ["train", "test"]}
    plan = files.resolve()
    assert specs.spec(plan, "plot_quality", one) == {"reference": "train"}
    # models are compared on held-out rows, independent sites were scored against the others
    assert specs.spec(plan, "compare_quality", {"dataset": "family"}) == {"independent": False}
    files.study["runs"][0]["scoring"] = {"references": ["train"]}
    plan = files.resolve()
    assert specs.spec(plan, "compare_quality", {"dataset": "family"}) == {"independent": True}
