"""From a study file to a plan: every definition read, merged, checked against the others."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.errors import located, validate
from ebmflow.config.model import RecipeConfig, merged
from ebmflow.config.sampling import SamplingConfig
from ebmflow.config.scaling import Reduction, reductions, scaled, scaled_dataset
from ebmflow.config.stand_ins import Absence, substituted
from ebmflow.config.study import Costs, Judge, RunBlock, Study
from ebmflow.config.union import Block, united
from ebmflow.config.yaml_file import read_yaml
from ebmflow.data.alphabets import Alphabet
from ebmflow.errors import ConfigError
from ebmflow.options import Options


@dataclass(frozen=True)
class Run:
    """One training run and what is done with it."""

    dataset: str
    model: str
    seed: int
    block: RunBlock
    samplings: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, Options]:
        """Metrics by name."""
        return {metric.kind: metric for metric in self.block.metrics or []}

    @property
    def structure(self) -> Options | None:
        """Structure predictor."""
        return self.block.structure

    @property
    def judged(self) -> tuple[str, ...]:
        """Sampling plans whose rows are judged one by one, where any are."""
        chosen = self.block.judged
        return self.samplings if chosen is None else tuple(chosen)

    @property
    def costs(self) -> Costs | None:
        """Comparison of likelihoods that starts from this run."""
        costs = self.block.costs
        return costs if costs and costs.unconstrained == self.model else None

    @property
    def wildcards(self) -> dict[str, Any]:
        """Wildcards that name the run in rules."""
        return {"dataset": self.dataset, "model": self.model, "seed": self.seed}


@dataclass(frozen=True)
class Plan:
    """A study with all its definitions.

    Attributes
    ----------
    file : Path
        The study file.
    study : Study
    runs : tuple of Run
    datasets : dict of DatasetConfig
    recipes : dict of RecipeConfig
        By (dataset, model), overrides merged.
    samplings : dict of SamplingConfig
    reductions : tuple of Reduction
        What `scale` changed in all of these.
    absences : tuple of Absence
        Datasets that others stand in for, or that are left out, and the figures that go with them.
    """

    file: Path
    study: Study
    runs: tuple[Run, ...]
    datasets: dict[str, DatasetConfig]
    recipes: dict[tuple[str, str], RecipeConfig]
    samplings: dict[str, SamplingConfig]
    reductions: tuple[Reduction, ...] = ()
    absences: tuple[Absence, ...] = ()

    def run(self, dataset: str, model: str, seed: int | str) -> Run:
        """The run that wildcards name."""
        wanted = (dataset, model, int(seed))
        return next(run for run in self.runs if (run.dataset, run.model, run.seed) == wanted)

    @property
    def models(self) -> list[str]:
        """Names of all recipes, sorted."""
        return sorted({model for _, model in self.recipes})

    @property
    def metrics(self) -> list[str]:
        """Names of all metrics, sorted."""
        return sorted({name for run in self.runs for name in run.metrics})


class Definitions:
    """Finds and reads ``datasets/x.yaml``, ``models/x.yaml`` and ``samplings/x.yaml``.

    Parameters
    ----------
    folders : iterable of Path
        Folders named config, searched in order: the working directory's comes before the project's.
    """

    def __init__(self, folders: Iterable[str | Path]) -> None:
        self.folders = [Path(folder) for folder in folders]
        self._read = functools.cache(read_yaml)

    def path(self, section: str, name: str, file: object, key: str) -> Path:
        """File of a definition, or an error about the setting that names it."""
        for folder in self.folders:
            path = folder / section / f"{name}.yaml"
            if path.is_file():
                return path
        raise ConfigError(
            file, key, name, accepted=self.names(section), found=f"no file {section}/{name}.yaml"
        )

    def names(self, section: str) -> list[str]:
        """Sorted names of all definitions of a section."""
        found = {p.stem for folder in self.folders for p in (folder / section).glob("*.yaml")}
        return sorted(found)

    def study(self, name: str, file: object, key: str) -> tuple[Study, Path]:
        """Another study and its file, for studies that include it."""
        for folder in self.folders:
            path = folder / f"{name}.yaml"
            if path.is_file():
                return validate(Study, self._read(path), path), path
        section = str(Path(name).parent)
        accepted = [str(Path(section) / other) for other in self.names(section)]
        raise ConfigError(file, key, name, accepted=accepted, found=f"no file {name}.yaml")

    def dataset(self, name: str, file: object, key: str) -> tuple[DatasetConfig, Path]:
        """A dataset and its file."""
        return self.dataset_file(self.path("datasets", name, file, key))

    def dataset_file(self, path: Path) -> tuple[DatasetConfig, Path]:
        """The dataset in a file, and the file."""
        return validate(DatasetConfig, self._read(path), path), path

    def sampling(self, name: str, file: object, key: str) -> SamplingConfig:
        """A sampling plan."""
        path = self.path("samplings", name, file, key)
        return validate(SamplingConfig, self._read(path), path)

    def recipe(self, name: str, dataset: str, file: object, key: str) -> tuple[RecipeConfig, Path]:
        """A recipe as it is for one dataset, and its file."""
        path = self.path("models", name, file, key)
        recipe = self.recipe_file(path, dataset)
        for other in recipe.overrides:
            self.path("datasets", other, path, "overrides")
        return recipe, path

    def recipe_file(self, path: Path, dataset: str) -> RecipeConfig:
        """The recipe in a file as it is for one dataset."""
        plain = self._read(path)
        recipe = validate(RecipeConfig, plain, path)
        if dataset not in recipe.overrides:
            return recipe
        try:
            return validate(RecipeConfig, merged(plain, plain["overrides"][dataset]), path)
        except ConfigError as error:
            raise located(error, path, f"overrides.{dataset}") from error


def resolve(config: dict[str, Any], file: str | Path, definitions: Definitions) -> Plan:
    """Resolve a study.

    Parameters
    ----------
    config : dict
        Content of the study file, as plain data.
    file : Path
        The study file, for messages.

    Raises
    ------
    ConfigError
        At the first mistake in any of the files, before anything runs.
    """
    study, blocks = united(validate(Study, config, file), Path(file), definitions.study)
    for name, stand_in in study.stand_ins.items():
        definitions.path("datasets", name, file, "stand_ins")
        if stand_in.dataset is not None:
            key = f"stand_ins.{name}.dataset"
            definitions.path("datasets", stand_in.dataset, file, key)
            if stand_in.dataset in study.stand_ins:
                expected = "a dataset that needs no stand-in itself"
                raise ConfigError(file, key, stand_in.dataset, expected=expected)
    study, blocks, absences = substituted(study, blocks, Path(file))
    if study.seeds:
        same = {"seeds": study.seeds}
        blocks = [one._replace(options=one.options.model_copy(update=same)) for one in blocks]
    datasets, recipes, samplings = {}, {}, {}
    for block in blocks:
        for key, name in block.keyed("datasets"):
            datasets[name] = definitions.dataset(name, block.file, key)[0]
        for key, name in block.keyed("models"):
            for dataset in block.options.datasets:
                recipe, path = definitions.recipe(name, dataset, block.file, key)
                check_pair(recipe, path, datasets[dataset], dataset)
                _check_analyses(block, recipe, datasets[dataset])
                recipes[dataset, name] = recipe
        for place, name in enumerate(block.options.judged or []):
            if name not in (accepted := block.options.samplings):
                key = f"{block.place}.judged.{place}"
                raise ConfigError(block.file, key, name, accepted=accepted)
        for key, name in block.keyed("samplings"):
            samplings[name] = definitions.sampling(name, block.file, key)
            _check_start(block, key, name, samplings[name], datasets, recipes)
    # Refuses runs that are given twice, wherever they stand.
    runs = {(run.dataset, run.model, run.seed) for run in _expand(blocks)}
    for block in blocks:
        for name, judge in block.options.judges.items():
            _check_judge(block, name, judge, runs, datasets, recipes)
    full = Plan(Path(file), study, (), datasets, recipes, samplings, absences=absences)
    return _scaled(full, blocks)


def _scaled(full: Plan, blocks: list[Block]) -> Plan:
    """The plan at the scale of its study, with a record of what that changed."""
    scale = full.study.scale
    datasets = {name: scaled_dataset(one, scale) for name, one in full.datasets.items()}
    recipes = {pair: scaled(one, scale) for pair, one in full.recipes.items()}
    samplings = {name: scaled(one, scale) for name, one in full.samplings.items()}
    smaller = [block._replace(options=scaled(block.options, scale)) for block in blocks]
    compared = [
        *((f"dataset {name}", one, datasets[name]) for name, one in full.datasets.items()),
        *((f"{pair[1]} on {pair[0]}", one, recipes[pair]) for pair, one in full.recipes.items()),
        *((f"sampling {name}", one, samplings[name]) for name, one in full.samplings.items()),
        *((str(one), one.options, two.options) for one, two in zip(blocks, smaller, strict=True)),
    ]
    changes = [change for part, one, two in compared for change in reductions(part, one, two)]
    runs = _expand(smaller)
    facts = (tuple(changes), full.absences)
    return Plan(full.file, full.study, runs, datasets, recipes, samplings, *facts)


def check_pair(recipe: RecipeConfig, path: Path, dataset: DatasetConfig, name: str) -> None:
    """Raise ConfigError if a recipe cannot be trained on a dataset."""
    try:
        recipe.check(dataset.space_kind, dataset.labels is not None)
    except ConfigError as error:
        raise located(error, f"{path} on dataset {name}") from error


def _check_analyses(block: Block, recipe: RecipeConfig, dataset: DatasetConfig) -> None:
    """Raise ConfigError if an analysis of a block makes no sense for one of its pairs."""
    options, file, place = block.options, block.file, block.place
    if options.probe and dataset.labels is None:
        raise _impossible(
            file, f"{place}.probe", f"{dataset.title!r} has no labels", "labelled data"
        )
    if options.likelihood and not recipe.model.has_energy:
        kind = recipe.model.kind
        raise _impossible(
            file, f"{place}.likelihood", f"{kind} models have no energy", "models with an energy"
        )
    if options.release and (dataset.labels is None or not hasattr(recipe.model, "hidden")):
        raise _impossible(
            file, f"{place}.release", "no labels, or no hidden units", "RBMs on labelled data"
        )
    if options.label_theory and dataset.labels is None:
        raise _impossible(
            file, f"{place}.label_theory", f"{dataset.title!r} has no labels", "two labels"
        )
    if options.untrained and (recipe.model.uses_labels or getattr(recipe.model, "fields", True)):
        raise _impossible(
            file, f"{place}.untrained", "a model with labels or fields", "an RBM without either"
        )
    _check_predictors(block, dataset)
    if options.tm_score and not (options.structure and options.structure.gives_coordinates):
        kind = options.structure.kind if options.structure else None
        found = f"`structure` is {kind}, which gives no coordinates"
        raise _impossible(file, f"{place}.tm_score", found, "a predictor of structures")
    if options.costs:
        if not options.likelihood:
            raise _impossible(file, f"{place}.costs", "there is no `likelihood`", "both or neither")
        for name in (options.costs.unconstrained, *options.costs.others.values()):
            if name not in options.models:
                raise ConfigError(file, f"{place}.costs", name, accepted=options.models)


def _check_start(
    block: Block,
    key: str,
    name: str,
    sampling: SamplingConfig,
    datasets: dict[str, DatasetConfig],
    recipes: dict[tuple[str, str], RecipeConfig],
) -> None:
    """Raise ConfigError if rows of a block cannot be corrupted as a sampling plan says."""
    for dataset in block.options.datasets if sampling.corruption else ():
        if datasets[dataset].space_kind == "real":
            found = f"{name} starts from corrupted rows, and {dataset} holds numbers"
            raise _impossible(block.file, key, found, "data whose sites have states")
        for recipe in block.options.models if sampling.tells_sites_apart else ():
            model = recipes[dataset, recipe].model
            if not (model.has_energy and hasattr(model, "hidden")):
                found = f"{name} tells sites apart, and {recipe} is a {model.kind}"
                raise _impossible(block.file, key, found, "RBMs")


def _check_judge(
    block: Block,
    name: str,
    judge: Judge,
    runs: set[tuple[str, str, int]],
    datasets: dict[str, DatasetConfig],
    recipes: dict[tuple[str, str], RecipeConfig],
) -> None:
    """Raise ConfigError unless a judge is a run of the study that can score rows of the block."""
    key, run = f"{block.place}.judges.{name}", (judge.dataset, judge.model, judge.seed)
    for at, part in enumerate(("dataset", "model", "seed")):
        known = sorted({one[at] for one in runs if one[:at] == run[:at]})
        if run[at] not in known:
            found = f"no run of the study has {part} {run[at]}"
            found += f" with {', '.join(run[:at])}" if at else ""
            raise ConfigError(
                block.file, f"{key}.{part}", run[at], accepted=map(str, known), found=found
            )
    model = recipes[judge.dataset, judge.model].model
    if not model.has_energy:
        raise _impossible(
            block.file, key, f"{model.kind} models have no energy", "a model with an energy"
        )
    theirs = datasets[judge.dataset]
    for dataset in block.options.datasets:
        ours = datasets[dataset]
        if Alphabet.named(ours.alphabet) != Alphabet.named(theirs.alphabet):
            found = f"{judge.dataset} has letters {theirs.alphabet}, {dataset} {ours.alphabet}"
            raise _impossible(block.file, key, found, "datasets with the same letters")
        if ours.picture and theirs.picture and math.prod(ours.picture) != math.prod(theirs.picture):
            found = f"pictures of {judge.dataset} and {dataset} differ in size"
            raise _impossible(block.file, key, found, "datasets with as many sites")


def _check_predictors(block: Block, dataset: DatasetConfig) -> None:
    """Raise ConfigError if the predictors of a block do not know the letters of a dataset."""
    options = block.options
    predictors = {"structure": options.structure, "language_model": options.language_model}
    for key, predictor in predictors.items():
        if predictor is not None and not dataset.has_residues(predictor.letters):
            found = f"{predictor.kind} judges proteins, {dataset.title!r} has the alphabet "
            raise _impossible(
                block.file, f"{block.place}.{key}", found + dataset.alphabet, "proteins"
            )
    if options.judged is not None and not (options.judges or any(predictors.values())):
        key, expected = f"{block.place}.judged", "`structure`, `language_model` or `judges` with it"
        raise _impossible(block.file, key, "nothing judges sequences", expected)


def _impossible(file: object, key: str, found: str, expected: str) -> ConfigError:
    return ConfigError(file, key, None, found=found, expected=expected, action="use another block")


def _expand(blocks: list[Block]) -> tuple[Run, ...]:
    """All runs of all blocks; an error if two blocks hold the same one."""
    runs: dict[tuple[str, str, int], tuple[Block, Run]] = {}
    for block in blocks:
        options = block.options
        for dataset in options.datasets:
            for model in options.models:
                for seed in options.seeds:
                    run = Run(dataset, model, seed, options, tuple(options.samplings or ()))
                    first, other = runs.setdefault((dataset, model, seed), (block, run))
                    if other is not run:
                        raise _repeated(first, block, run)
    return tuple(run for _, run in runs.values())


def _repeated(first: Block, second: Block, run: Run) -> ConfigError:
    where = first.place if first.file == second.file else f"{first.place} of {first.file}"
    return ConfigError(
        second.file,
        second.place,
        None,
        found=f"repeats dataset {run.dataset}, model {run.model}, seed {run.seed} of {where}",
        expected="every run once",
        action="remove it from one of the two blocks",
    )
