"""What each stage sees of a plan: one plain dict of the settings it uses, and the code it runs.

A job reruns when its spec or the fingerprint of its code changes, so a spec holds nothing else: no
titles, no device, no setting of another stage. Functions are named after the rules.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from ebmflow import registry
from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.model import PROSE, RecipeConfig
from ebmflow.config.resolve import Plan
from ebmflow.config.targets import final_targets
from ebmflow.data.roles import parts_by_role
from ebmflow.options import Options
from ebmflow.provenance import code_fingerprint, spec_digest

# Rules whose stage module has another name.
STAGE_OF_RULE = {
    "predict_labels": "predict",
    "split_dataset": "split",
    "assemble_dataset": "assemble",
}


class Settings(NamedTuple):
    """Settings of one job.

    Attributes
    ----------
    spec : dict
        Builtins only.
    parts : tuple of Options
        Components that the stage looks up by name; their modules enter the fingerprint.
    layers : frozenset of str
        Unit types of the model that the stage builds or loads.
    """

    spec: dict[str, Any]
    parts: tuple[Any, ...] = ()
    layers: frozenset[str] = frozenset()


_stages: dict[str, Callable[..., Settings]] = {}


def _rule(function: Callable[..., Settings]) -> Callable[..., Settings]:
    _stages[function.__name__] = function
    return function


def spec(plan: Plan, rule: str, wildcards: dict[str, Any]) -> dict[str, Any]:
    """Settings of a job, keys sorted."""
    return plain(settings(plan, rule, wildcards).spec)


def code(plan: Plan, rule: str, wildcards: dict[str, Any]) -> str:
    """Fingerprint of the code of a job."""
    found = settings(plan, rule, wildcards)
    modules = {type(part).__module__ for part in _options_in(found.parts)}
    modules |= {registry.component("layer", name).__module__ for name in found.layers}
    return _fingerprint(frozenset({f"ebmflow.stages.{STAGE_OF_RULE.get(rule, rule)}", *modules}))


def settings(plan: Plan, rule: str, wildcards: dict[str, Any]) -> Settings:
    """Settings and components of a job; rules that need none have no function here."""
    function = _stages.get(rule)
    return function(plan, **wildcards) if function else Settings({})


_fingerprint = functools.cache(code_fingerprint)


def plain(value: Any) -> Any:
    """Builtins only, keys sorted: what Snakemake can compare."""
    if isinstance(value, BaseModel):
        return plain(dump(value))
    if isinstance(value, dict):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def dump(options: BaseModel) -> dict[str, Any]:
    """Options as builtins, with the kind of a component."""
    kind = {"kind": options.kind} if hasattr(options, "kind") else {}
    return {**kind, **options.model_dump(mode="json")}


def _options_in(value: Any) -> Iterator[Options]:
    """Options at any depth that are components."""
    if isinstance(value, Options):
        if hasattr(type(value), "kind"):
            yield value
        for name in type(value).model_fields:
            yield from _options_in(getattr(value, name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _options_in(one)


@_rule
def fetch(plan: Plan, dataset: str, role: str) -> Settings:
    parts = parts_with_files(plan.datasets[dataset])
    part = parts_by_role(parts)[role]
    return Settings({part: dump(parts[part])}, (parts[part],))


def parts_with_files(dataset: DatasetConfig) -> dict[str, Any]:
    """Parts of a dataset file that may need files."""
    return {name: getattr(dataset, name) for name in ("source", "align", "labels")}


@_rule
def train(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    recipe = plan.recipes[dataset, model]
    return Settings(training_spec(recipe), (recipe,), _layers(plan, dataset, model))


def training_spec(recipe: RecipeConfig) -> dict[str, Any]:
    """The part of a recipe file that decides the outcome of a training run."""
    return {key: value for key, value in dump(recipe).items() if key not in PROSE}


@_rule
def sample(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    described = dump(plan.samplings[sampling])
    described.pop("title")
    return Settings(described, *_loaded(plan, dataset, model))


@_rule
def predict_labels(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    return Settings(dump(plan.study.prediction), *_loaded(plan, dataset, model))


@_rule
def score(plan: Plan, dataset: str, model: str, seed: str, sampling: str, metric: str) -> Settings:
    chosen = plan.metrics[metric]
    described = {"metric": dump(chosen), **dump(plan.study.scoring)}
    parts, layers = _loaded(plan, dataset, model) if "model" in chosen.needs else ((), frozenset())
    return Settings(described, (chosen, *parts), layers)


@_rule
def fold(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    structure = plan.run(dataset, model, seed).structure
    return Settings({"predictor": dump(structure)}, (structure,))


@_rule
def plot_images(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return Settings({"shape": plan.datasets[dataset].picture})


def _loaded(plan: Plan, dataset: str, model: str) -> tuple[tuple[Any, ...], frozenset[str]]:
    """Components of a stage that loads a trained model."""
    return (plan.recipes[dataset, model].model,), _layers(plan, dataset, model)


def _layers(plan: Plan, dataset: str, model: str) -> frozenset[str]:
    return plan.recipes[dataset, model].model.layer_kinds(plan.datasets[dataset].space_kind)


@_rule
def write_report(plan: Plan) -> Settings:
    return Settings(study_facts(plan))


def study_facts(plan: Plan) -> dict[str, Any]:
    """What the report says about a study."""
    recipes = {model: recipe for (_, model), recipe in plan.recipes.items()}
    return {
        "title": plan.study.title,
        "file": plan.file.name,
        "runs": [run.wildcards for run in plan.runs],
        "datasets": {
            name: {"title": one.title, "cite": one.cite, "about": one.about}
            for name, one in plan.datasets.items()
        },
        "models": {name: _recipe_facts(recipe) for name, recipe in recipes.items()},
        "samplings": {name: dump(one) for name, one in plan.samplings.items()},
    }


def _recipe_facts(recipe: RecipeConfig) -> dict[str, Any]:
    prose = {key: getattr(recipe, key) for key in ("title", "cite", "equations", "deviations")}
    return {**prose, "recipe": training_spec(recipe)}


@_rule
def write_manifest(plan: Plan) -> Settings:
    files = {
        target.path: {
            "rule": target.rule,
            "spec_digest": spec_digest(spec(plan, target.rule, target.wildcards)),
            "code": code(plan, target.rule, target.wildcards),
        }
        for target in final_targets(plan)
    }
    return Settings(files)
