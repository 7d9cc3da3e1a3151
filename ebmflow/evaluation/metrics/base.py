"""What a metric is: options, inputs and scores.

Conventions. The papers and their published codes define some scores differently; every score says
which definition it follows: ``paper`` (Fast and Functional, arXiv 2307.06797, appendix C), ``code``
(the code published with it), ``chaotic`` (chaotic generators, appendix B), ``weighted`` (as
``code``, data rows by their sequence weights) or nothing where there is only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ebmflow.evaluation.rows import RowSet
from ebmflow.options import Options


class Score(NamedTuple):
    """One number, or the reason why there is none.

    Attributes
    ----------
    statistic, convention : str
    value : float or None
        None when it is not defined for these rows; `note` says why.
    standard_error : float or None
        None when no honest estimate is at hand.
    n : int
        Generated rows that entered.
    note : str
    """

    statistic: str
    convention: str
    value: float | None
    standard_error: float | None = None
    n: int = 0
    note: str = ""


@dataclass(frozen=True)
class MetricInputs:
    """What a metric may look at.

    Attributes
    ----------
    data : RowSet
        Reference rows (training or test rows, of one label or of all).
    generated : RowSet
        Generated rows.
    train : RowSet
        All training rows.
    threads : int
    gap : int or None
        Code of the gap, where the alphabet has one.
    machine : object or None
        The RBM behind the generated rows (:class:`ebmflow.stages.model_view.ModelView`), or the
        chaotic network (:class:`ebmflow.stages.network_view.NetworkView`).
    time : int or None
        Sweeps after which the generated rows were recorded.
    """

    data: RowSet
    generated: RowSet
    train: RowSet
    threads: int = 1
    gap: int | None = None
    machine: Any = None
    time: int | None = None


class Metric(Options):
    """Base of all metrics; fields are options, class attributes are facts.

    Attributes
    ----------
    needs : frozenset of str
        ``model`` if free energies of data and generated rows are needed, ``machine`` if the RBM
        itself is, with ``network`` the chaotic network instead; ``start`` if the rows of data are
        that chains started from. Controls are not scored where anything is needed.
    ideal : dict
        Statistic -> value of a perfect generator.
    ideal_for : str
        ``copy``: reached by the data themselves; ``fresh``: reached only by an independent sample
        (copies of the data score badly, as they should).
    minimum_rows : int
        Rows that both sets must have.
    whole : bool
        Take all generated rows, whatever the selection says about duplicates and copies.
    figures : dict
        Figures of a dataset that show the scores -> rules that draw them.
    """

    needs: ClassVar[frozenset[str]] = frozenset()
    ideal: ClassVar[dict[str, float]] = {}
    ideal_for: ClassVar[str] = "copy"
    minimum_rows: ClassVar[int] = 1
    whole: ClassVar[bool] = False
    figures: ClassVar[dict[str, str]] = {}

    def outputs(self) -> list[tuple[str, str]]:
        """Return the (statistic, convention) pairs that a comparison yields."""
        raise NotImplementedError

    def compute(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterable[Score]:
        """Return scores of two sets that are large enough."""
        raise NotImplementedError

    def __call__(self, inputs: MetricInputs, generator: np.random.Generator) -> Iterator[Score]:
        """Return scores; a missing value carries its reason and never becomes a number."""
        n, lacking = len(inputs.generated), self._lacking(inputs)
        if lacking:
            for statistic, convention in self.outputs():
                yield Score(statistic, convention, None, None, n, lacking)
            return
        for score in self.compute(inputs, generator):
            yield _checked(score._replace(n=score.n or n))

    def _lacking(self, inputs: MetricInputs) -> str:
        # As many reference rows are taken as there are generated ones, so that those come first.
        for what, rows in (("generated", inputs.generated), ("reference", inputs.data)):
            if len(rows) < self.minimum_rows:
                return f"{len(rows)} {what} rows, {self.minimum_rows} needed"
        return ""


def _checked(score: Score) -> Score:
    """Plain floats, and nothing that is not finite."""
    if score.value is None:
        return score
    if not np.isfinite(score.value):
        return score._replace(value=None, standard_error=None, note=score.note or "not finite")
    error = score.standard_error
    return score._replace(
        value=float(score.value), standard_error=None if error is None else float(error)
    )


def equal_sizes(inputs: MetricInputs, generator: np.random.Generator) -> tuple[RowSet, RowSet]:
    """Return data and generated rows, the larger set thinned at random to the smaller size."""
    data, generated = inputs.data, inputs.generated
    n = min(len(data), len(generated))
    if len(data) > n:
        data = data.take(np.sort(generator.choice(len(data), n, replace=False)))
    if len(generated) > n:
        generated = generated.take(np.sort(generator.choice(len(generated), n, replace=False)))
    return data, generated
