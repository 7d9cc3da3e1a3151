"""From a study file to a plan: every definition read, merged, checked against the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ebmflow.config.checks import check_block, check_pair, check_stand_ins
from ebmflow.config.definitions import Definitions
from ebmflow.config.errors import validate
from ebmflow.config.plan import Plan, Run
from ebmflow.config.scaling import reductions, scaled, scaled_dataset
from ebmflow.config.stand_ins import substituted
from ebmflow.config.study import Study
from ebmflow.config.union import Block, united
from ebmflow.errors import ConfigError


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
    check_stand_ins(study, file, definitions)
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
                recipes[dataset, name] = recipe
        for key, name in block.keyed("samplings"):
            samplings[name] = definitions.sampling(name, block.file, key)
    runs = _expand(blocks)
    full = Plan(Path(file), study, runs, datasets, recipes, samplings, absences=absences)
    for block in blocks:
        check_block(block, full)
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
