"""What each stage sees of a plan: only the settings it uses. One function a rule, of the same name.

No titles, no device, no setting of another stage: whatever stands here makes jobs run again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.model import PROSE, RecipeConfig
from ebmflow.config.plain import dump, dump_part
from ebmflow.config.plan import Plan
from ebmflow.config.skipped import skipped
from ebmflow.config.targets import family
from ebmflow.data.labels import LabelOptions
from ebmflow.data.roles import parts_by_role
from ebmflow.evaluation.expectations.form import file_texts
from ebmflow.provenance import spec_digest

# Options of weights that count neighbours; the others act when the dataset is assembled.
NEIGHBOUR_OPTIONS = ("identity_threshold", "strict", "clusters_above")


class Settings(NamedTuple):
    """Settings of one job.

    Attributes
    ----------
    spec : dict
        Builtins only.
    parts : tuple of Options
        Components that the stage looks up by name: their modules enter the fingerprint.
    layers : frozenset of str
        Unit types that the stage looks up by name.
    """

    spec: dict[str, Any]
    parts: tuple[Any, ...] = ()
    layers: frozenset[str] = frozenset()


SETTINGS: dict[str, Callable[..., Settings]] = {}


def _rule(function: Callable[..., Settings]) -> Callable[..., Settings]:
    SETTINGS[function.__name__] = function
    return function


# -- from files to a dataset ----------------------------------------------------------------------


def parts_with_files(config: DatasetConfig) -> dict[str, Any]:
    """Parts of a dataset file that may need files."""
    return {name: getattr(config, name) for name in ("source", "align", "labels")}


@_rule
def fetch(plan: Plan, dataset: str, role: str) -> Settings:
    parts = parts_with_files(plan.datasets[dataset])
    part = parts_by_role(parts)[role]
    return Settings({part: dump(parts[part])}, (parts[part],))


@_rule
def align(plan: Plan, dataset: str) -> Settings:
    config = plan.datasets[dataset]
    described = {"source": dump(config.source), "align": dump(config.align)}
    return Settings({**described, "alphabet": config.alphabet}, (config.source, config.align))


@_rule
def filter_gaps(plan: Plan, dataset: str) -> Settings:
    config = plan.datasets[dataset]
    described = {"alphabet": config.alphabet, "filter": dump(config.filter)}
    return Settings({**described, "picture": _picture(config)})


def _picture(config: DatasetConfig) -> list[int] | None:
    return None if config.picture is None else list(config.picture)


@_rule
def assemble_labels(plan: Plan, dataset: str) -> Settings:
    config = plan.datasets[dataset]
    return Settings({"labels": dump_part(config.labels)}, (config.labels,))


@_rule
def reweight(plan: Plan, dataset: str) -> Settings:
    options = dump(plan.datasets[dataset].weights)
    return Settings({"weights": {key: options[key] for key in NEIGHBOUR_OPTIONS}})


@_rule
def assemble_dataset(plan: Plan, dataset: str) -> Settings:
    config = plan.datasets[dataset]
    # How labels are found, and neighbours counted, matters to stages of their own.
    labels = dump_part(config.labels) or {}
    weights = dump(config.weights)
    return Settings(
        {
            "labels": {key: labels[key] for key in labels if key in LabelOptions.model_fields},
            "weights": {key: weights[key] for key in weights if key not in NEIGHBOUR_OPTIONS},
            "keep": dump(config.keep),
        }
    )


@_rule
def split_dataset(plan: Plan, dataset: str) -> Settings:
    config = plan.datasets[dataset]
    return Settings({"split": dump(config.split)}, (config.split,))


class OneDataset(NamedTuple):
    """A plan of nothing but datasets."""

    datasets: dict[str, DatasetConfig]


def dataset_specs(name: str, config: DatasetConfig) -> dict[str, Any]:
    """Specs of all steps of one dataset: rule -> spec; ``fetch`` -> role -> spec."""
    plan = OneDataset({name: config})
    rules = (align, filter_gaps, assemble_labels, reweight, assemble_dataset, split_dataset)
    roles = parts_by_role(parts_with_files(config))
    return {rule.__name__: rule(plan, name).spec for rule in rules} | {
        "fetch": {role: fetch(plan, name, role).spec for role in roles}
    }


# -- from a dataset to models, samples, scores ----------------------------------------------------


@_rule
def train(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    recipe = plan.recipes[dataset, model]
    return Settings(training_spec(recipe), (recipe,), _layers(plan, dataset, model))


def training_spec(recipe: RecipeConfig) -> dict[str, Any]:
    """The part of a recipe file that decides the outcome of a training run."""
    return {key: value for key, value in dump(recipe).items() if key not in PROSE}


def _layers(plan: Plan, dataset: str, model: str) -> frozenset[str]:
    return plan.recipes[dataset, model].model.layer_kinds(plan.datasets[dataset].space_kind)


def _loaded(plan: Plan, dataset: str, model: str) -> tuple[tuple[Any, ...], frozenset[str]]:
    """Components of a stage that loads a trained model."""
    return (plan.recipes[dataset, model].model,), _layers(plan, dataset, model)


@_rule
def sample(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    described = dump(plan.samplings[sampling])
    described.pop("title")
    return Settings(described, *_loaded(plan, dataset, model))


@_rule
def predict_labels(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    prediction = plan.run(dataset, model, seed).block.prediction
    return Settings(dump_part(prediction) or {}, *_loaded(plan, dataset, model))


@_rule
def score(plan: Plan, dataset: str, model: str, seed: str, sampling: str, metric: str) -> Settings:
    run = plan.run(dataset, model, seed)
    chosen = run.metrics[metric]
    described = {"metric": dump(chosen), **(dump_part(run.block.scoring) or {})}
    looked_at = chosen.needs & {"model", "machine"}
    parts, layers = _loaded(plan, dataset, model) if looked_at else ((), frozenset())
    if "machine" in chosen.needs:  # its negative phase is looked at
        parts = (*parts, plan.recipes[dataset, model].gradient)
    return Settings(described, (chosen, *parts), layers)


@_rule
def plot_quality(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return Settings({"reference": plan.run(dataset, model, seed).block.scoring.references[0]})


@_rule
def compare_quality(plan: Plan, dataset: str) -> Settings:
    """Figures of several models compare with held-out rows, where these were scored."""
    blocks = [run.block.scoring.references for run in plan.runs if run.dataset == dataset]
    # Independent sites are scored against the first reference alone.
    return Settings({"independent": all(one[0] == "test" or "test" not in one for one in blocks)})


@_rule
def compare_ages(plan: Plan, dataset: str) -> Settings:
    return compare_quality(plan, dataset)


@_rule
def fold(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    structure = plan.run(dataset, model, seed).structure
    return Settings({"predictor": dump_part(structure)}, (structure,))


@_rule
def compare_structures(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return Settings({"tm_score": dump_part(plan.run(dataset, model, seed).block.tm_score)})


@_rule
def score_plausibility(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    judge = plan.run(dataset, model, seed).block.language_model
    return Settings({"language_model": dump_part(judge)}, (judge,))


@_rule
def judge_samples(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    judges = plan.run(dataset, model, seed).block.judges
    loaded = [_loaded(plan, one.dataset, one.model) for one in judges.values()]
    parts = tuple(part for parts, _ in loaded for part in parts)
    layers = frozenset().union(*(layers for _, layers in loaded))
    return Settings({"judges": {name: dump(one) for name, one in judges.items()}}, parts, layers)


@_rule
def probe_hidden(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    probe = plan.run(dataset, model, seed).block.probe
    return Settings(dump_part(probe) or {}, *_loaded(plan, dataset, model))


@_rule
def estimate_likelihood(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    likelihood = plan.run(dataset, model, seed).block.likelihood
    spec = {"options": dump_part(likelihood) or {}, **_released(plan.recipes[dataset, model])}
    return Settings(spec, *_loaded(plan, dataset, model))


@_rule
def estimate_costs(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    costs = plan.run(dataset, model, seed).costs
    return Settings({"others": dict(costs.others) if costs else {}})


@_rule
def measure_observables(plan: Plan, dataset: str) -> Settings:
    source = plan.datasets[dataset].source
    return Settings({"source": dump(source)}, (source,))


@_rule
def observe_samples(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return measure_observables(plan, dataset)


@_rule
def collect_observables(plan: Plan, dataset: str) -> Settings:
    sources = {name: plan.datasets[name].source for name in family(plan, dataset)}
    described = {name: dump(source) for name, source in sources.items()}
    return Settings({"sources": described}, tuple(sources.values()))


@_rule
def plot_images(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return Settings({"shape": _picture(plan.datasets[dataset])})


@_rule
def plot_chains(plan: Plan, dataset: str, model: str, seed: str, sampling: str) -> Settings:
    return plot_images(plan, dataset, model, seed, sampling)


@_rule
def describe_units(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    return Settings({}, *_loaded(plan, dataset, model))


@_rule
def describe_couplings(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    return describe_units(plan, dataset, model, seed)


@_rule
def plot_units(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    return Settings({"shape": _picture(plan.datasets[dataset])})


@_rule
def plot_label_vectors(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    return plot_units(plan, dataset, model, seed)


@_rule
def measure_release(plan: Plan, dataset: str, model: str, seed: str) -> Settings:
    options = plan.run(dataset, model, seed).block.release
    recipe = plan.recipes[dataset, model]
    linear = [one for one in recipe.constraints if one.kind == "linear"]
    spec = {"options": dump_part(options) or {}, **_released(recipe)}
    spec["rows_per_class"] = linear[0].rows_per_class if linear else None
    return Settings(spec, *_loaded(plan, dataset, model))


def _released(recipe: RecipeConfig) -> dict[str, Any]:
    """How many hidden units a linear constraint leaves free."""
    linear = [one for one in recipe.constraints if one.kind == "linear"]
    return {"released": linear[0].released if linear else 0}


@_rule
def measure_label_theory(plan: Plan, dataset: str) -> Settings:
    found = [run.block.label_theory for run in plan.runs if run.dataset == dataset]
    return Settings(dump_part(next((one for one in found if one), None)) or {})


@_rule
def measure_untrained(plan: Plan, dataset: str, model: str) -> Settings:
    pairs = ((run.dataset, run.model, run.block.untrained) for run in plan.runs)
    options = next(found for *pair, found in pairs if pair == [dataset, model] and found)
    recipe = plan.recipes[dataset, model]
    spec = {"recipe": training_spec(recipe), "options": dump_part(options)}
    return Settings(spec, (recipe,), _layers(plan, dataset, model))


@_rule
def plot_learning(plan: Plan, dataset: str) -> Settings:
    sizes = {
        model: one.batch_size for (name, model), one in plan.recipes.items() if name == dataset
    }
    return Settings({"batch_sizes": sizes})


# -- the study ------------------------------------------------------------------------------------


@_rule
def compare_papers(plan: Plan) -> Settings:
    recipes: dict[str, dict[str, Any]] = {}
    trained: dict[str, dict[str, int]] = {}
    for (dataset, model), recipe in plan.recipes.items():
        recipes.setdefault(dataset, {})[model] = training_spec(recipe)
        trained.setdefault(dataset, {})[model] = recipe.trained_sweeps
    facts = {
        "recipes": recipes,
        "trained_sweeps": trained,
        "scale": plan.study.scale if plan.study.scale < 1 else None,
        "expectations": spec_digest(file_texts()),
    }
    return Settings(facts)


@_rule
def write_report(plan: Plan) -> Settings:
    recipes = {model: recipe for (_, model), recipe in plan.recipes.items()}
    facts = {
        "title": plan.study.title,
        "file": plan.file.name,
        "scale": plan.study.scale if plan.study.scale < 1 else None,
        "reductions": [
            {"part": one.part, "key": one.key, "full": str(one.full), "reduced": str(one.reduced)}
            for one in plan.reductions
        ],
        "skipped": [one._asdict() for one in plan.absences],
        "not_run": skipped(plan),
        "runs": [run.wildcards for run in plan.runs],
        "datasets": {
            name: {"title": one.title, "cite": one.cite, "about": one.about}
            for name, one in plan.datasets.items()
        },
        "models": {name: _recipe_facts(recipe) for name, recipe in recipes.items()},
        "samplings": {name: dump(one) for name, one in plan.samplings.items()},
    }
    return Settings(facts)


def _recipe_facts(recipe: RecipeConfig) -> dict[str, Any]:
    prose = {key: getattr(recipe, key) for key in ("title", "cite", "equations", "deviations")}
    return {**prose, "recipe": training_spec(recipe)}
