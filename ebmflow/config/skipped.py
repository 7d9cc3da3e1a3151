"""Stages that a study does not run, and why: because it cannot, or because it was not asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ebmflow.config import targets
from ebmflow.config.plan import Plan, Run
from ebmflow.data.alphabets import Alphabet

# Why a stage is impossible for a run; empty where it is possible.
Obstacle = Callable[[Plan, Run], str]


class Stage(NamedTuple):
    """A stage that not every study runs.

    Attributes
    ----------
    title : str
        As the report calls it.
    rule : str
        Whose jobs it is.
    key : str
        What asks for it in a block of runs; empty: done wherever it is possible.
    obstacle : callable
    figures : tuple of str
        Rules that draw what it found: skipped with it.
    """

    title: str
    rule: str
    key: str
    obstacle: Obstacle
    figures: tuple[str, ...] = ()


def _nothing(plan: Plan, run: Run) -> str:
    return ""


def _no_labels(plan: Plan, run: Run) -> str:
    return "" if plan.datasets[run.dataset].labels else "the data have no labels"


def _labels_unknown(plan: Plan, run: Run) -> str:
    knows = plan.recipes[run.dataset, run.model].model.uses_labels
    return _no_labels(plan, run) or ("" if knows else "the model has no label units")


def _no_letters(plan: Plan, run: Run) -> str:
    real = plan.datasets[run.dataset].space_kind == "real"
    return "sites hold real numbers, of which no two are equal" if real else ""


def _no_residues(plan: Plan, run: Run) -> str:
    residues = plan.datasets[run.dataset].has_residues(Alphabet.named("protein").letters)
    return "" if residues else "rows are no sequences of residues"


def _other_picture(kind: str, otherwise: str) -> Obstacle:
    """Rows are drawn in one way: as pictures if they are such, else by their alphabet."""

    def obstacle(plan: Plan, run: Run) -> str:
        config = plan.datasets[run.dataset]
        if config.picture:
            return "rows are pictures, and drawn as such"
        return "" if config.space_kind == kind else otherwise

    return obstacle


def _no_pictures(plan: Plan, run: Run) -> str:
    return "" if plan.datasets[run.dataset].picture else "rows are no pictures"


def _units_not_drawable(plan: Plan, run: Run) -> str:
    if not plan.recipes[run.dataset, run.model].model.describes_units:
        return "no hidden units"
    drawn = targets.drawable_units(plan, run)
    return "" if drawn else "rows are neither pictures nor letters of a sequence"


def _one_time(plan: Plan, run: Run) -> str:
    several = any(plan.samplings[name].times_differ for name in run.samplings)
    return _no_pictures(plan, run) or ("" if several else "rows are recorded at one time only")


def _no_structures(plan: Plan, run: Run) -> str:
    if run.structure is None:
        return _no_residues(plan, run) or "no structures are predicted"
    given = run.structure.gives_coordinates
    return "" if given else f"`{run.structure.kind}` gives no coordinates"


def _no_energy(plan: Plan, run: Run) -> str:
    model = plan.recipes[run.dataset, run.model].model
    return "" if model.has_energy else f"{model.kind} models have no energy"


def _no_hidden_units(plan: Plan, run: Run) -> str:
    model = plan.recipes[run.dataset, run.model].model
    return _no_labels(plan, run) or (
        "" if hasattr(model, "hidden") else "no hidden units of an RBM"
    )


def _same_both_ways(plan: Plan, run: Run) -> str:
    directed = plan.recipes[run.dataset, run.model].model.directed
    return "" if directed else "couplings are the same in both directions"


def _one_moment(plan: Plan, run: Run) -> str:
    several = targets.over_ages_and_times(plan, run)
    return "" if several else "no plan records several times at several ages"


def _no_exact_result(plan: Plan, run: Run) -> str:
    known = plan.datasets[run.dataset].source.parameter
    return "" if known else "exact results are known for generated Ising configurations only"


def _no_family(plan: Plan, run: Run) -> str:
    members = targets.family(plan, run.dataset)
    if members[:1] == [run.dataset]:
        return ""
    return f"stands with {members[0]}" if members else "no datasets that differ in a parameter"


STAGES = (
    Stage("prediction of labels", "predict_labels", "", _labels_unknown,
          ("classify", "plot_accuracy", "plot_confusion", "plot_calibration")),
    Stage("prediction of labels over time", "plot_prediction_time", "prediction", _labels_unknown),
    Stage("distance to training rows", "measure_novelty", "", _no_letters, ("plot_novelty",)),
    Stage("sequence logos", "draw_logos", "",
          _other_picture("categorical", "sites hold no letters of a sequence")),
    Stage("allele frequencies", "plot_frequencies", "",
          _other_picture("binary", "sites do not hold one of two alleles")),
    Stage("images", "plot_images", "", _no_pictures),
    Stage("pictures and logos of hidden units", "plot_units", "", _units_not_drawable),
    Stage("couplings of both directions", "plot_couplings", "", _same_both_ways),
    Stage("quality over time by age", "compare_ages", "", _one_moment),
    Stage("chains of images", "plot_chains", "", _one_time),
    Stage("structure prediction", "fold", "structure", _no_residues, ("plot_structure",)),
    Stage("files of structures", "write_pdb", "structure", _no_structures),
    Stage("comparison of structures", "compare_structures", "tm_score", _no_structures,
          ("plot_tm_score",)),
    Stage("protein language model", "score_plausibility", "language_model", _no_residues,
          ("plot_plausibility",)),
    Stage("judgement by other machines", "judge_samples", "judges", _nothing, ("plot_judged",)),
    Stage("classifiers on hidden units", "probe_hidden", "probe", _no_labels, ("plot_probes",)),
    Stage("likelihood", "estimate_likelihood", "likelihood", _no_energy,
          ("plot_likelihoods",)),
    Stage("costs of constraints", "estimate_costs", "costs", _no_energy, ("plot_costs",)),
    Stage("released units", "measure_release", "release", _no_hidden_units,
          ("plot_release", "plot_label_vectors")),
    Stage("label vectors and costs by formula", "measure_label_theory", "label_theory", _no_labels,
          ("plot_label_theory",)),
    Stage("untrained machines", "measure_untrained", "untrained", _nothing, ("plot_untrained",)),
    Stage("observables", "measure_observables", "", _no_exact_result, ("plot_observables",)),
    Stage("observables of machines", "collect_observables", "", _no_family,
          ("observe_samples", "compare_observables")),
)  # fmt: skip


def skipped(plan: Plan) -> list[dict[str, str]]:
    """Lines of the report: stage, dataset, model, reason; what cannot be done comes first.

    A line stands for all datasets with the same reason. Models are named where they are not all
    that their datasets have.
    """
    reasons: dict[tuple[bool, str, str], list[tuple[str, str]]] = {}
    for key, pair in _skipped(plan):
        reasons.setdefault(key, []).append(pair)
    return [
        {
            "stage": stage,
            "dataset": ", ".join(dict.fromkeys(dataset for dataset, _ in pairs)),
            "model": _models(plan, pairs),
            "reason": reason,
        }
        for (_, stage, reason), pairs in sorted(reasons.items(), key=lambda item: item[0][0])
    ]


def _skipped(plan: Plan) -> Iterator[tuple[tuple[bool, str, str], tuple[str, str]]]:
    """((whether it was only not asked for, stage, reason), (dataset, model))."""
    done = {
        (target.rule, target.wildcards.get("dataset"), target.wildcards.get("model"))
        for target in targets.final_targets(plan)
    }
    runs = {(run.dataset, run.model): run for run in reversed(plan.runs)}
    pairs = list(dict.fromkeys((run.dataset, run.model) for run in plan.runs))
    for stage in STAGES:
        for dataset, model in pairs:
            if {(stage.rule, dataset, model), (stage.rule, dataset, None)} & done:
                continue
            obstacle = stage.obstacle(plan, runs[dataset, model])
            reason = obstacle or f"the study does not ask for it (`{stage.key}`)"
            yield (not obstacle, stage.title, reason), (dataset, model)


def _models(plan: Plan, pairs: list[tuple[str, str]]) -> str:
    datasets = {dataset for dataset, _ in pairs}
    every = {(run.dataset, run.model) for run in plan.runs if run.dataset in datasets}
    return "" if set(pairs) == every else ", ".join(dict.fromkeys(model for _, model in pairs))
