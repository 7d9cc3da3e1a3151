"""A plan in words: what `ebmflow check` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ebmflow.config.figure_targets import figure_files
from ebmflow.config.plan import Plan
from ebmflow.config.targets import RESULTS, final_targets


def describe(plan: Plan) -> Iterator[str]:
    """Lines that say what a study will do."""
    yield f"{plan.file}: {plan.study.title or 'no title'}"
    yield ""
    yield "datasets"
    for name, dataset in plan.datasets.items():
        labels = "labelled" if dataset.labels else "unlabelled"
        yield f"  {name}: {dataset.title} ({dataset.source.kind}, {dataset.alphabet}, {labels})"
    yield "models"
    for name in plan.models:
        recipe = next(recipe for (_, model), recipe in plan.recipes.items() if model == name)
        yield f"  {name}: {recipe.title} ({recipe.model.kind}, {recipe.gradient.kind})"
    yield "samplings"
    for name, sampling in plan.samplings.items():
        yield f"  {name}: {sampling.title}"
    yield f"metrics: {', '.join(plan.metrics)}"
    yield ""
    for name, files in figure_files(plan).items():
        yield f"{name}: {len(files)} files: {plan.study.figures[name].title}"
    for one in plan.absences:
        yield f"{one.stage}: {one.dataset}{': ' if one.dataset else ''}{one.reason}"
    yield f"{len(plan.runs)} training runs"
    for run in plan.runs:
        updates = plan.recipes[run.dataset, run.model].updates
        folded = f", folded by {run.structure.kind}" if run.structure else ""
        yield f"  {run.model} on {run.dataset}, seed {run.seed}: {updates} updates{folded}"
    yield ""
    rules = Counter(target.rule for target in final_targets(plan))
    yield f"final files below {RESULTS}/: {rules.total()}"
    yield from (f"  {rule}: {number}" for rule, number in sorted(rules.items()))
