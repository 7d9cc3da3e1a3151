"""Set what a study obtained against what papers report: one row a number or claim and dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from ebmflow.evaluation.expectations import verdict
from ebmflow.evaluation.expectations.form import Expectation, PaperFile, Quantity
from ebmflow.evaluation.expectations.obtain import Course, NotMeasured, seed_values
from ebmflow.evaluation.expectations.verdict import SeedValue

COLUMNS = [
    "id", "paper", "what", "claim", "source", "paper_value", "unit", "obtained", "low", "high",
    "interval", "seeds", "dataset", "models", "data", "rule", "verdict", "reason",
]  # fmt: skip
OTHER = ("stand-in", "synthetic")
OTHER_DATA = "other data: numbers need not be equal"
NO_SEED = -1  # of rows that belong to no run


@dataclass(frozen=True)
class StudyFacts:
    """What of a study decides what its numbers can be compared with.

    Attributes
    ----------
    recipes : dict
        Dataset -> model -> settings of training (nested builtins).
    courses : dict
        (dataset, model) -> how it was trained.
    scale : float or None
        If the whole study is reduced.
    """

    recipes: dict[str, dict[str, dict[str, Any]]]
    courses: dict[tuple[str, str], Course] = field(default_factory=dict)
    scale: float | None = None


def compare(papers: list[PaperFile], scores: pd.DataFrame, study: StudyFacts) -> pd.DataFrame:
    """Return the table; every expectation has one row at least.

    Parameters
    ----------
    scores : DataFrame
        Columns of `ebmflow.evaluation.tables`.
    """
    rows = [
        row
        for paper in papers
        for one in paper.expectations
        for row in _rows(paper, one, scores, study)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("paper_value", "obtained", "low", "high"):
        table[name] = table[name].astype(float)
    table["seeds"] = table["seeds"].astype(int)
    return table


def _rows(
    paper: PaperFile, one: Expectation, scores: pd.DataFrame, study: StudyFacts
) -> Iterator[dict[str, Any]]:
    base = {
        "id": one.id,
        "paper": paper.paper,
        "what": one.what,
        "claim": one.claim,
        "source": one.source,
        "paper_value": math.nan if one.paper is None else one.paper,
        "unit": one.unit,
        "rule": verdict.rule_text(one.rule) if one.rule else "",
        "obtained": math.nan, "low": math.nan, "high": math.nan, "interval": "none", "seeds": 0,
        "dataset": "", "models": "", "data": "",
    }  # fmt: skip
    if one.unmeasured:
        yield {**base, "verdict": verdict.NOT_RUN, "reason": one.unmeasured}
        return
    group = paper.data[one.data]
    datasets = [name for name in study.recipes if group.kind_of(name)]
    reasons = [] if datasets else [f"no dataset of the study is, or stands for, {group.title}"]
    decided = False
    for dataset in datasets:
        pairs = list(_pairs(paper, one, study.recipes[dataset]))
        if not pairs:
            reasons.append(f"{dataset}: no model of the kind {_roles(one)}")
        for models in pairs:
            try:
                found = _obtained(one, scores, study, dataset, models)
            except NotMeasured as error:
                reasons.append(f"{dataset}: {error}")
                continue
            decided = True
            yield {**base, **_row(paper, one, study, dataset, models, found)}
    if not decided:
        reason = "; ".join(dict.fromkeys(reasons))
        yield {**base, "verdict": verdict.NOT_RUN, "reason": reason}


def _roles(one: Expectation) -> str:
    roles = [quantity.model for quantity in (one.value, one.against) if quantity and quantity.model]
    return " or ".join(dict.fromkeys(roles))


def _pairs(
    paper: PaperFile, one: Expectation, recipes: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Models of the value, and of the second one; the same where both have the same role."""
    for first in _matching(paper, one.value, recipes):
        if one.against is None or one.against.model == one.value.model:
            yield first, first
        else:
            yield from ((first, second) for second in _matching(paper, one.against, recipes))


def _matching(
    paper: PaperFile, quantity: Quantity, recipes: dict[str, dict[str, Any]]
) -> list[str]:
    """Names of the models that play a role; one empty name where there is no role."""
    if quantity.model is None:
        return [""]
    wanted = paper.models[quantity.model]
    return [name for name, recipe in recipes.items() if plays(recipe, wanted)]


def plays(recipe: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the settings of a recipe are those of a role.

    Parameters
    ----------
    wanted : dict
        Dotted setting -> pattern, or several; None: not set.
    """
    for key, patterns in wanted.items():
        value = setting(recipe, key)
        choices = patterns if isinstance(patterns, list) else [patterns]
        if not any(_equal(value, pattern) for pattern in choices):
            return False
    return True


def _equal(value: Any, pattern: Any) -> bool:
    if value is None or pattern is None:
        return value is None and pattern is None
    if isinstance(pattern, str):
        return fnmatchcase(str(value), pattern)
    return value == pattern


def setting(recipe: dict[str, Any], key: str) -> Any:
    """Value at a dotted key, numbers for places in lists; None where there is none."""
    value: Any = recipe
    for part in key.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def _obtained(
    one: Expectation, scores: pd.DataFrame, study: StudyFacts, dataset: str, models: tuple[str, str]
) -> verdict.Obtained:
    def values(quantity: Quantity, model: str) -> dict[int, SeedValue]:
        course = study.courses.get((dataset, model), Course())
        return seed_values(scores, quantity, dataset, model, course)

    first = values(one.value, models[0])
    if one.against is None:
        return _of_runs(first, verdict.over_seeds(list(first.values())))
    second = values(one.against, models[1] if one.against.model else "")
    # rows of no model (such as the data) belong to every seed
    common = sorted(set(first) & set(second))
    pairs = [(first[seed], second[seed]) for seed in common]
    if NO_SEED in second:
        pairs = [(value, second[NO_SEED]) for value in first.values()]
    if not pairs:
        raise NotMeasured("the two models have no seed in common")
    found = [verdict.combined(*pair, one.combine) for pair in pairs]
    known = [value for value in found if value is not None]
    if not known:
        raise NotMeasured("the second value was not reached, or is zero")
    return _of_runs(first, verdict.over_seeds(known, ratio=one.combine == "ratio"))


def _of_runs(values: dict[int, SeedValue], found: verdict.Obtained) -> verdict.Obtained:
    """What was obtained, without seeds if its values belong to no run."""
    return found._replace(seeds=0) if set(values) == {NO_SEED} else found


def _row(
    paper: PaperFile,
    one: Expectation,
    study: StudyFacts,
    dataset: str,
    models: tuple[str, str],
    found: verdict.Obtained,
) -> dict[str, Any]:
    kind, smaller = _data(paper, one, study, dataset, models)
    decision, reason = verdict.judge(found, *verdict.band(one.rule, one.paper))
    notes = [reason]
    if one.rule.around_paper and kind in OTHER:
        decision, notes = verdict.UNDECIDED, [OTHER_DATA]
    if decision == verdict.DEVIATES:
        notes += [smaller, one.remark]
    if found.interval == "none" and found.seeds:
        notes.append("one seed, no interval: the value alone decides")
    bounded = found.interval != "none" or math.isinf(found.high)
    return {
        "obtained": found.value,
        "low": found.low if bounded else math.nan,
        "high": found.high if bounded else math.nan,
        "interval": found.interval,
        "seeds": found.seeds,
        "dataset": dataset,
        "models": " against ".join(dict.fromkeys(name for name in models if name)),
        "data": kind,
        "verdict": decision,
        "reason": "; ".join(note for note in notes if note),
    }


def _data(
    paper: PaperFile, one: Expectation, study: StudyFacts, dataset: str, models: tuple[str, str]
) -> tuple[str, str]:
    """What the data are to those of the paper, and which sizes are smaller."""
    group = paper.data[one.data]
    smaller = [f"scale {study.scale:g}"] if study.scale else []
    for model in dict.fromkeys(name for name in models if name):
        for key, full in group.full.items():
            size = setting(study.recipes[dataset][model], key)
            if size is not None and size < full:
                smaller.append(f"{model}: {key} {size:,g} of {full:,g}")
    kind = group.kind_of(dataset) or ""
    said = f"smaller than in the paper: {', '.join(smaller)}" if smaller else ""
    return ("reduced" if smaller and kind == "same" else kind), said
