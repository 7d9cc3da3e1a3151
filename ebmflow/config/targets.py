"""Which files a plan asks for, and which rule makes each: by kind of data, nothing by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ebmflow.config.plan import Plan, Run

RESULTS = "results"
SCORE_RULES = (
    "score",
    "classify",
    "probe_hidden",
    "estimate_likelihood",
    "estimate_costs",
    "measure_release",
)
# Rules whose tables hold numbers that papers give, besides scores.
PAPER_RULES = (
    "split_dataset",
    "fold",
    "compare_structures",
    "measure_label_theory",
    "measure_untrained",
    "measure_observables",
    "observe_samples",
    "collect_observables",
)
# Rule that judges single rows -> figure, and the rule that draws it.
JUDGED = {
    "fold": ("structure", "plot_structure"),
    "compare_structures": ("tm_score", "plot_tm_score"),
    "score_plausibility": ("plausibility", "plot_plausibility"),
    "judge_samples": ("judged", "plot_judged"),
}
SUMMARY = f"{RESULTS}/summary"
REPORT = f"{RESULTS}/report.html"
MANIFEST = f"{SUMMARY}/manifest.tsv"
INTERPRETER = f"{RESULTS}/environments/esmfold-fair-esm.txt"


class Target(NamedTuple):
    """A file and the job that writes it."""

    path: str
    rule: str
    wildcards: dict[str, Any]


def final_targets(plan: Plan) -> list[Target]:
    """Everything that a bare `snakemake` makes, but the manifest that lists it."""
    return [*tables(plan), *archives(plan), *figures(plan), *summaries(plan)]


def tables(plan: Plan) -> Iterator[Target]:
    """Tables that the report is written from."""
    for dataset in plan.datasets:
        path = f"{RESULTS}/datasets/{dataset}.parquet"
        yield Target(path, "split_dataset", {"dataset": dataset})
        if plan.datasets[dataset].source.parameter:
            path = f"{RESULTS}/observables/{dataset}/observables.parquet"
            yield Target(path, "measure_observables", {"dataset": dataset})
        if leads_family(plan, dataset):
            path = f"{RESULTS}/observables/{dataset}/by_machine.parquet"
            yield Target(path, "collect_observables", {"dataset": dataset})
    for dataset in theory_datasets(plan):
        path = f"{RESULTS}/label_theory/{dataset}/costs.parquet"
        yield Target(path, "measure_label_theory", {"dataset": dataset})
    for dataset, model in untrained_pairs(plan):
        path = f"{RESULTS}/untrained/{dataset}/{model}.parquet"
        yield Target(path, "measure_untrained", {"dataset": dataset, "model": model})
    for run in plan.runs:
        yield from _run_tables(plan, run)
        for sampling in run.samplings:
            yield from _sampling_tables(plan, run, sampling)


def _run_tables(plan: Plan, run: Run) -> Iterator[Target]:
    yield Target(f"{RESULTS}/models/{place(run)}/history.parquet", "train", run.wildcards)
    if labelled(plan, run):
        yield Target(f"{RESULTS}/predictions/{place(run)}.parquet", "predict_labels", run.wildcards)
        path = f"{RESULTS}/classification/{place(run)}/scores.parquet"
        yield Target(path, "classify", run.wildcards)
    yield from _analyses(run)


def _analyses(run: Run) -> Iterator[Target]:
    """Score tables of what only some blocks ask for."""
    wanted = {
        "probes": ("probe_hidden", run.block.probe),
        "likelihoods": ("estimate_likelihood", run.block.likelihood),
        "costs": ("estimate_costs", run.costs),
        "release": ("measure_release", run.block.release),
    }
    for folder, (rule, options) in wanted.items():
        if options:
            yield Target(f"{RESULTS}/{folder}/{place(run)}/scores.parquet", rule, run.wildcards)


def _sampling_tables(plan: Plan, run: Run, sampling: str) -> Iterator[Target]:
    wildcards = {**run.wildcards, "sampling": sampling}
    yield Target(f"{RESULTS}/samples/{place(run)}/{sampling}.parquet", "sample", wildcards)
    for metric in run.metrics:
        path = f"{RESULTS}/scores/{place(run)}/{sampling}/{metric}.parquet"
        yield Target(path, "score", {**wildcards, "metric": metric})
    if discrete(plan, run):
        path = f"{RESULTS}/novelty/{place(run)}/{sampling}.parquet"
        yield Target(path, "measure_novelty", wildcards)
    if observed(plan, run):
        path = f"{RESULTS}/observables/{place(run)}/{sampling}.parquet"
        yield Target(path, "observe_samples", wildcards)
    yield from _judgements(run, sampling, wildcards)


def _judgements(run: Run, sampling: str, wildcards: dict[str, Any]) -> Iterator[Target]:
    """Tables of single rows that were judged."""
    if sampling not in run.judged:
        return
    wanted = {
        "structures": ("fold", run.structure),
        "tm_scores": ("compare_structures", run.block.tm_score),
        "plausibility": ("score_plausibility", run.block.language_model),
        "judged": ("judge_samples", run.block.judges),
    }
    for folder, (rule, options) in wanted.items():
        if options:
            path = f"{RESULTS}/{folder}/{place(run)}/{sampling}.parquet"
            yield Target(path, rule, wildcards)


def archives(plan: Plan) -> Iterator[Target]:
    """Files for other programs."""
    for run in plan.runs:
        if run.structure and run.structure.writes_files:
            for sampling in run.judged:
                path = f"{RESULTS}/structures/{place(run)}/{sampling}_pdb.zip"
                yield Target(path, "write_pdb", {**run.wildcards, "sampling": sampling})


def figures(plan: Plan) -> Iterator[Target]:
    """Figures of the report."""
    for dataset in plan.datasets:
        names = {"quality": "compare_quality", **_label_figures(plan, dataset)}
        if any(over_ages_and_times(plan, run) for run in plan.runs if run.dataset == dataset):
            names["quality_by_age"] = "compare_ages"
        for run in plan.runs:
            for metric in run.metrics.values() if run.dataset == dataset else ():
                names |= metric.figures
        if plan.datasets[dataset].source.parameter:
            names["observables"] = "plot_observables"
        if leads_family(plan, dataset):
            names["compare_observables"] = "compare_observables"
        if any(run.costs for run in plan.runs if run.dataset == dataset):
            names["costs"] = "plot_costs"
        if any(run.block.probe for run in plan.runs if run.dataset == dataset):
            names["probes"] = "plot_probes"
        if dataset in theory_datasets(plan):
            names["label_theory"] = "plot_label_theory"
        if any(likelihood_over_ages(run) for run in plan.runs if run.dataset == dataset):
            names["learning"] = "plot_learning"
        if any(name == dataset for name, _ in untrained_pairs(plan)):
            names["untrained"] = "plot_untrained"
        yield from _figures(dataset, names, {"dataset": dataset})
    for run in plan.runs:
        names = {"training": "plot_training"}
        if labelled(plan, run):
            names["confusion"] = "plot_confusion"
        if run.block.release:
            names |= {"release": "plot_release", "label_vectors": "plot_label_vectors"}
        if run.block.likelihood:
            names["likelihoods"] = "plot_likelihoods"
        if drawable_units(plan, run):
            names["units"] = "plot_units"
        if plan.recipes[run.dataset, run.model].model.directed:
            names["couplings"] = "plot_couplings"
        yield from _figures(place(run), names, run.wildcards)
        for sampling in run.samplings:
            wildcards = {**run.wildcards, "sampling": sampling}
            yield from _figures(
                f"{place(run)}/{sampling}", _sample_figures(plan, run, sampling), wildcards
            )


def _label_figures(plan: Plan, dataset: str) -> dict[str, str]:
    """Figures of predicted labels of all models of a dataset -> rules."""
    runs = [run for run in plan.runs if run.dataset == dataset and labelled(plan, run)]
    if not runs:
        return {}
    names = {"accuracy": "plot_accuracy", "calibration": "plot_calibration"}
    if any(run.block.prediction.times for run in runs):
        names["prediction_time"] = "plot_prediction_time"
    if len({(run.model, run.seed) for run in runs}) > len({run.model for run in runs}):
        names["confusion_over_seeds"] = "plot_confusion_over_seeds"
    return names


def _figures(folder: str, names: dict[str, str], wildcards: dict[str, Any]) -> Iterator[Target]:
    for name, rule in names.items():
        for suffix in ("svg", "png"):
            yield Target(f"{RESULTS}/figures/{folder}/{name}.{suffix}", rule, wildcards)


def _sample_figures(plan: Plan, run: Run, sampling: str) -> dict[str, str]:
    """Figures of generated rows -> rules."""
    config = plan.datasets[run.dataset]
    by_space = {
        "categorical": {"logos": "draw_logos"},
        "binary": {"frequencies": "plot_frequencies"},
    }
    names = {"projection": "plot_projection", "quality": "plot_quality"}
    if discrete(plan, run):
        names["novelty"] = "plot_novelty"
    judgements = {target.rule for target in _judgements(run, sampling, {})}
    names |= {name: rule for judge, (name, rule) in JUDGED.items() if judge in judgements}
    if config.picture and plan.samplings[sampling].times_differ:
        names["chains"] = "plot_chains"
    pictures = {"images": "plot_images"} if config.picture else by_space.get(config.space_kind, {})
    return names | pictures


def paper_tables(plan: Plan) -> list[str]:
    """Tables besides scores that hold numbers of papers."""
    made = list(tables(plan))
    beside = {"overlap": "measure_label_theory", "morph": "measure_release"}
    return paths(made, *PAPER_RULES) + [
        f"{path.rpartition('/')[0]}/{name}.parquet"
        for name, rule in beside.items()
        for path in paths(made, rule)
    ]


def summaries(plan: Plan) -> Iterator[Target]:
    """Files about the whole study."""
    for name in ("scores", "scores_over_seeds"):
        yield Target(f"{SUMMARY}/{name}.parquet", "collect_scores", {})
    yield Target(f"{SUMMARY}/paper_vs_obtained.parquet", "compare_papers", {})
    yield Target(REPORT, "write_report", {})


def paths(targets: Iterator[Target], *rules: str, **wildcards: str) -> list[str]:
    """Paths of the targets made by the given rules (all if none) with the given wildcards."""
    wanted = {name: str(value) for name, value in wildcards.items()}
    return [
        target.path
        for target in targets
        if (not rules or target.rule in rules)
        and all(str(target.wildcards.get(name)) == value for name, value in wanted.items())
    ]


def place(run: Run) -> str:
    """Folder of a run below any stage."""
    return f"{run.dataset}/{run.model}/seed-{run.seed}"


def labelled(plan: Plan, run: Run) -> bool:
    """Whether the model of a run predicts labels."""
    known = plan.datasets[run.dataset].labels is not None
    return known and plan.recipes[run.dataset, run.model].model.uses_labels


def over_ages_and_times(plan: Plan, run: Run) -> bool:
    """Whether some plan of a run records several times at several ages."""
    chosen = [plan.samplings[name] for name in run.samplings]
    return any(one.times_differ and one.ages != "last" and len(one.ages) > 1 for one in chosen)


def observed(plan: Plan, run: Run) -> bool:
    """Whether generated rows can be compared with exact results: their parameter is known."""
    config = plan.datasets[run.dataset]
    if len(config.source.parameter_values) < 2:
        return bool(config.source.parameter)
    column = getattr(config.labels, "column", None)
    return column == config.source.parameter_column and labelled(plan, run)


def family(plan: Plan, dataset: str) -> list[str]:
    """Datasets with observed runs whose sources differ in the parameter only."""
    wanted = plan.datasets[dataset].source.parameter_family
    seen = dict.fromkeys(run.dataset for run in plan.runs if observed(plan, run))
    return [
        name for name in seen if wanted and plan.datasets[name].source.parameter_family == wanted
    ]


def leads_family(plan: Plan, dataset: str) -> bool:
    """Whether machines of a family are compared in the folder of this dataset: its first one."""
    return family(plan, dataset)[:1] == [dataset]


def theory_datasets(plan: Plan) -> list[str]:
    """Datasets whose labels are analysed without a model, each once."""
    return list(dict.fromkeys(run.dataset for run in plan.runs if run.block.label_theory))


def untrained_pairs(plan: Plan) -> list[tuple[str, str]]:
    """Dataset and model of the blocks that look at untrained machines, each pair once."""
    runs = [run for run in plan.runs if run.block.untrained]
    return list(dict.fromkeys((run.dataset, run.model) for run in runs))


def likelihood_over_ages(run: Run) -> bool:
    """Whether likelihoods of a run are estimated while it learns."""
    return run.block.likelihood is not None and run.block.likelihood.ages > 1


def drawable_units(plan: Plan, run: Run) -> bool:
    """Whether what hidden units couple to are pictures, or letters that make logos."""
    model, data = plan.recipes[run.dataset, run.model].model, plan.datasets[run.dataset]
    shown = bool(data.picture) or data.space_kind == "categorical"
    return shown and model.describes_units


def discrete(plan: Plan, run: Run) -> bool:
    """Whether sites have letters, so that rows can be equal or differ in a number of sites."""
    return plan.datasets[run.dataset].space_kind != "real"
