"""Checks of a plan's parts against each other: what makes no sense stops before the first job."""

from __future__ import annotations

import math
from pathlib import Path

from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.definitions import Definitions
from ebmflow.config.errors import located
from ebmflow.config.model import RecipeConfig
from ebmflow.config.plan import Plan
from ebmflow.config.study import Judge, Study
from ebmflow.config.union import Block
from ebmflow.data.alphabets import Alphabet
from ebmflow.errors import ConfigError


def check_stand_ins(study: Study, file: str | Path, definitions: Definitions) -> None:
    """Raise ConfigError unless stand-ins are datasets, and need no stand-in themselves."""
    for name, stand_in in study.stand_ins.items():
        definitions.path("datasets", name, file, "stand_ins")
        if stand_in.dataset is None:
            continue
        key = f"stand_ins.{name}.dataset"
        definitions.path("datasets", stand_in.dataset, file, key)
        if stand_in.dataset in study.stand_ins:
            expected = "a dataset that needs no stand-in itself"
            raise ConfigError(file, key, stand_in.dataset, expected=expected)


def check_pair(recipe: RecipeConfig, path: Path, dataset: DatasetConfig, name: str) -> None:
    """Raise ConfigError if a recipe cannot be trained on a dataset."""
    try:
        recipe.check(dataset.space_kind, dataset.labels is not None)
    except ConfigError as error:
        raise located(error, f"{path} on dataset {name}") from error


def check_block(block: Block, plan: Plan) -> None:
    """Raise ConfigError if a block asks for what its datasets and models cannot give."""
    for dataset in block.options.datasets:
        _check_predictors(block, plan.datasets[dataset])
        for model in block.options.models:
            _check_analyses(block, plan.recipes[dataset, model], plan.datasets[dataset])
    _check_costs(block)
    for key, name in block.keyed("samplings"):
        _check_start(block, key, name, plan)
    for name, judge in block.options.judges.items():
        _check_judge(block, name, judge, plan)


def _check_analyses(block: Block, recipe: RecipeConfig, dataset: DatasetConfig) -> None:
    """Raise ConfigError if an analysis of a block makes no sense for one of its pairs."""
    options, model = block.options, recipe.model
    unlabelled = f"{dataset.title!r} has no labels"
    if options.probe and dataset.labels is None:
        raise _impossible(block, "probe", unlabelled, "labelled data")
    if options.likelihood and not model.has_energy:
        found = f"{model.kind} models have no energy"
        raise _impossible(block, "likelihood", found, "models with an energy")
    if options.release and (dataset.labels is None or not hasattr(model, "hidden")):
        raise _impossible(
            block, "release", "no labels, or no hidden units", "RBMs on labelled data"
        )
    if options.label_theory and dataset.labels is None:
        raise _impossible(block, "label_theory", unlabelled, "two labels")
    if options.untrained and (model.uses_labels or getattr(model, "fields", True)):
        raise _impossible(
            block, "untrained", "a model with labels or fields", "an RBM without either"
        )


def _check_predictors(block: Block, dataset: DatasetConfig) -> None:
    """Raise ConfigError if the predictors of a block do not know the letters of a dataset."""
    options = block.options
    for key in ("structure", "language_model"):
        predictor = getattr(options, key)
        if predictor is not None and not dataset.has_residues(predictor.letters):
            found = f"{predictor.kind} judges proteins, {dataset.title!r} has the alphabet "
            raise _impossible(block, key, found + dataset.alphabet, "proteins")
    if options.tm_score and not (options.structure and options.structure.gives_coordinates):
        kind = options.structure.kind if options.structure else None
        found = f"`structure` is {kind}, which gives no coordinates"
        raise _impossible(block, "tm_score", found, "a predictor of structures")


def _check_costs(block: Block) -> None:
    """Raise ConfigError unless the likelihoods that costs compare are estimated in the block."""
    options = block.options
    if options.costs is None:
        return
    if not options.likelihood:
        raise _impossible(block, "costs", "there is no `likelihood`", "both or neither")
    for name in (options.costs.unconstrained, *options.costs.others.values()):
        if name not in options.models:
            raise ConfigError(block.file, f"{block.place}.costs", name, accepted=options.models)


def _check_start(block: Block, key: str, name: str, plan: Plan) -> None:
    """Raise ConfigError if rows of a block cannot be corrupted as a sampling plan says."""
    sampling = plan.samplings[name]
    for dataset in block.options.datasets if sampling.corruption else ():
        if plan.datasets[dataset].space_kind == "real":
            found = f"{name} starts from corrupted rows, and {dataset} holds numbers"
            raise _unusable(block, key, found, "data whose sites have states")
        for recipe in block.options.models if sampling.tells_sites_apart else ():
            model = plan.recipes[dataset, recipe].model
            if not (model.has_energy and hasattr(model, "hidden")):
                found = f"{name} tells sites apart, and {recipe} is a {model.kind}"
                raise _unusable(block, key, found, "RBMs")


def _check_judge(block: Block, name: str, judge: Judge, plan: Plan) -> None:
    """Raise ConfigError unless a judge is a run of the study that can score rows of the block."""
    key, wanted = f"judges.{name}", (judge.dataset, judge.model, judge.seed)
    runs = {(run.dataset, run.model, run.seed) for run in plan.runs}
    for at, part in enumerate(("dataset", "model", "seed")):
        known = sorted({one[at] for one in runs if one[:at] == wanted[:at]})
        if wanted[at] not in known:
            found = f"no run of the study has {part} {wanted[at]}"
            found += f" with {', '.join(wanted[:at])}" if at else ""
            place = f"{block.place}.{key}.{part}"
            raise ConfigError(block.file, place, wanted[at], accepted=map(str, known), found=found)
    model = plan.recipes[judge.dataset, judge.model].model
    if not model.has_energy:
        found = f"{model.kind} models have no energy"
        raise _impossible(block, key, found, "a model with an energy")
    theirs = plan.datasets[judge.dataset]
    for dataset in block.options.datasets:
        ours = plan.datasets[dataset]
        if Alphabet.named(ours.alphabet) != Alphabet.named(theirs.alphabet):
            found = f"{judge.dataset} has letters {theirs.alphabet}, {dataset} {ours.alphabet}"
            raise _impossible(block, key, found, "datasets with the same letters")
        if ours.picture and theirs.picture and math.prod(ours.picture) != math.prod(theirs.picture):
            found = f"pictures of {judge.dataset} and {dataset} differ in size"
            raise _impossible(block, key, found, "datasets with as many sites")


def _impossible(block: Block, option: str, found: str, expected: str) -> ConfigError:
    return _unusable(block, f"{block.place}.{option}", found, expected)


def _unusable(block: Block, key: str, found: str, expected: str) -> ConfigError:
    """For a key that may stand in the study instead of the block."""
    return ConfigError(
        block.file, key, None, found=found, expected=expected, action="use another block"
    )
