"""Score every generated set of a run with one metric: ages x times x references x labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ebmflow.evaluation.independent import independent_rows, unlabelled
from ebmflow.evaluation.metrics.base import Metric, MetricInputs, Score
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.selection import ALL, EVERYTHING, Selection, SelectionOptions
from ebmflow.evaluation.tables import MEAN, NO_TIME, mean_over_labels
from ebmflow.options import Component, Options
from ebmflow.randomness import numpy_stream

# Controls: rows of no model, scored as if they had been generated.
FLOOR, INDEPENDENT = "floor", "independent"


class ScoreOptions(Options):
    """What is scored, and against what."""

    references: tuple[Literal["test", "train"], ...] = Field(
        default=("test", "train"),
        min_length=1,
        description="Data that generated rows are compared with. The first is shown by label; "
        "models and training ages are compared on held-out rows, where these are named. Rare "
        "labels may need 'train' first, and sampling plans with `rows: match_train`.",
    )
    selection: SelectionOptions = Field(
        default=SelectionOptions(), description="Which generated rows enter."
    )
    groups: tuple[Literal["labels", "all"], ...] = Field(
        default=("labels", "all"),
        min_length=1,
        description="labels: each label and their mean; all: the union, whose spectrum is the most "
        "expensive score there is. Unlabelled rows have 'all' only.",
    )
    floor: bool = Field(
        default=True,
        description="Also score held-out rows against training rows: the best to be expected.",
    )
    independent: bool = Field(
        default=True,
        description="Also score rows of the independent-site model, drawn from the frequencies of "
        "the training rows (of each label; for `all`, of all): a model without couplings. Compared "
        "with the first of `references`.",
    )


class ScoreSpec(ScoreOptions):
    """Settings of one score job."""

    metric: Component["metric"] = Field(description="The metric and its options.")


class Place(NamedTuple):
    """Where a score belongs."""

    reference: str
    age: int
    time: int
    group: str


class Scorer:
    """Applies one metric to generated sets.

    Parameters
    ----------
    spec : ScoreSpec
    data : dict
        ``train`` and ``test`` -> RowSet.
    label_names : tuple of str
    seed, threads : int
    gap : int or None
        Code of the gap.
    """

    def __init__(
        self,
        spec: ScoreSpec,
        data: dict[str, RowSet],
        label_names: tuple[str, ...],
        *,
        seed: int,
        threads: int = 1,
        gap: int | None = None,
    ) -> None:
        self.metric: Metric = spec.metric
        self.spec, self.data, self.seed = spec, data, seed
        self._facts = {"train": data["train"], "threads": threads, "gap": gap}
        options = EVERYTHING if self.metric.whole else spec.selection
        self._make = lambda name: Selection(data[name], name, label_names, options, seed)
        self._selections = {name: self._make(name) for name in spec.references}

    def replace_energies(self, energies: Callable[[RowSet], np.ndarray]) -> None:
        """Give the data the free energies of another model; everything remembered is forgotten."""
        for name, rows in self.data.items():
            self.data[name] = rows.with_energies(energies(rows))
        self._facts["train"] = self.data["train"]
        self._selections = {name: self._make(name) for name in self._selections}

    def replace_machine(self, machine: object) -> None:
        """Let the metric look at another model."""
        self._facts["machine"] = machine

    def score(self, generated: RowSet, age: int, time: int) -> Iterator[tuple[Place, Score]]:
        """Yield the scores of one generated set, per label, their mean and the union."""
        for name, selection in self._selections.items():
            yield from self._against(selection, name, generated, age, time)

    def floor(self) -> Iterator[tuple[Place, Score]]:
        """Yield the scores of held-out rows taken as if they had been generated."""
        if self.spec.floor and not self.metric.needs and len(self.data["test"]):
            selection = self._selections.get("train") or self._make("train")
            yield from self._against(selection, FLOOR, self.data["test"], NO_TIME, NO_TIME)

    def independent(self) -> Iterator[tuple[Place, Score]]:
        """Yield the scores of rows of the independent-site model, against the first reference."""
        if not self.spec.independent or self.metric.needs:
            return
        selection, train = self._selections[self.spec.references[0]], self.data["train"]
        like = selection.reference
        whole = unlabelled(train), unlabelled(like)
        for group, data, size in (("labels", train, like), (ALL, *whole)):
            if group in self.spec.groups and (group == ALL or np.any(like.labels >= 0)):
                rows = independent_rows(data, size, numpy_stream(self.seed, "independent", group))
                yield from self._against(selection, INDEPENDENT, rows, NO_TIME, NO_TIME, (group,))

    def _against(
        self,
        selection: Selection,
        reference: str,
        generated: RowSet,
        age: int,
        time: int,
        groups: tuple[str, ...] | None = None,
    ) -> Iterator[tuple[Place, Score]]:
        by_label: dict[str, list[Score]] = {}
        comparisons = selection.comparisons(generated, groups or self.spec.groups, age, time)
        for group, data, rows in comparisons:
            facts = {**self._facts, "time": time if time != NO_TIME else None}
            inputs = MetricInputs(data=data, generated=rows, **facts)
            generator = numpy_stream(self.seed, "metric", reference, age, time, group)
            scores = list(self.metric(inputs, generator))
            if group != ALL:
                by_label[group] = scores
            yield from ((Place(reference, age, time, group), score) for score in scores)
        for score in mean_over_labels(by_label):
            yield Place(reference, age, time, MEAN), score
