"""What hidden units know about labels: correlations, and classifiers of growing width.

Classifiers are fitted on training rows and judged on held-out ones. With the entropy S of the
labels and the log loss L of a classifier, S - L (in bits) bounds the mutual information between
features and label from below; wider classifiers give tighter bounds until they overfit. Source:
Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Fig. 7f, 8b; Pozas-Kerstjens et al. 2021 (logistic
regression on sampled hidden states).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import torch
from pydantic import Field

from ebmflow.evaluation.classification import (
    binomial_error,
    confusion_counts,
    count_scores,
    probability_scores,
)
from ebmflow.evaluation.metrics.base import Score
from ebmflow.evaluation.two_layer import TwoLayer
from ebmflow.options import Options

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CALIBRATION_BINS = 10
LONGEST_FIT = 2000  # iterations of a logistic regression


class ProbeSpec(Options):
    """Which features are given to which classifiers."""

    features: tuple[Literal["inputs", "samples", "data"], ...] = Field(
        default=("inputs",),
        min_length=1,
        description="inputs to the hidden units, sampled hidden states, or the visible data.",
    )
    widths: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(0, 8, 64),
        min_length=1,
        description="Hidden units of the classifier; 0: logistic regression.",
    )
    ages: Literal["last", "all"] = Field(default="last", description="Models that are looked at.")


def classifier_name(width: int, features: str) -> str:
    """Return the name of a classifier in tables, such as ``logistic_on_inputs``."""
    return f"two_layer_{width}_on_{features}" if width else f"logistic_on_{features}"


def correlations(features: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return Pearson correlations (units, classes) of features with the indicator of each label.

    NaN where a feature or an indicator is constant.
    """
    x = features.astype(float) - features.mean(axis=0, dtype=float)
    y = np.eye(classes)[labels] - np.bincount(labels, minlength=classes) / len(labels)
    norms = np.linalg.norm(x, axis=0)[:, None] * np.linalg.norm(y, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norms > 0, (x.T @ y) / norms, np.nan)


def probe(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    names: tuple[str, ...],
    *,
    width: int,
    seed: int,
) -> Iterator[tuple[str, Score]]:
    """Yield (group, score) of a classifier fitted on training features and labels.

    All scores are of held-out rows but ``training_accuracy``.

    Parameters
    ----------
    train, test : tuple of (features (n, units), labels (n,))
    names : tuple of str
        Label names.
    width : int
        Hidden units; 0: logistic regression.
    seed : int
        Of the classifier's start and of its validation rows.
    """
    reason = _lacking(train[1], test[1])
    if reason:
        for statistic in ("accuracy", "information_bits"):
            yield "all", Score(statistic, "", None, None, len(test[1]), reason)
        return
    predict, note = _fit(train, len(names), width, seed)
    share, n = float((predict(train[0]).argmax(axis=1) == train[1]).mean()), len(train[1])
    yield "all", Score("training_accuracy", "", share, binomial_error(share, n), n, note)
    probabilities = predict(test[0])
    counts = confusion_counts(test[1], probabilities.argmax(axis=1), len(names))
    for group, score in (
        *count_scores(counts, names),
        *probability_scores(test[1], probabilities, names, CALIBRATION_BINS),
    ):
        yield group, score._replace(note=score.note or note)


def _fit(
    train: tuple[np.ndarray, np.ndarray], classes: int, width: int, seed: int
) -> tuple[Callable[[np.ndarray], np.ndarray], str]:
    """Return a function from features to probabilities (n, classes), and a note on the fit."""
    if width:
        generator = torch.Generator().manual_seed(seed)
        network = TwoLayer.fit(*train, classes=classes, width=width, generator=generator)
        return network.probabilities, ""
    classifier, note = fit_logistic(*train)

    def predict(features: np.ndarray) -> np.ndarray:
        probabilities = np.zeros((len(features), classes))
        probabilities[:, classifier.classes_] = classifier.predict_proba(features)
        return probabilities

    return predict, note


def _lacking(train: np.ndarray, test: np.ndarray) -> str:
    if len(np.unique(train)) < 2:
        return "training rows have fewer than two labels"
    return "" if len(test) else "no labelled held-out rows"


def fit_logistic(features: np.ndarray, labels: np.ndarray) -> tuple[Pipeline, str]:
    """Return a logistic regression on standardised features; a note if the fit was cut short."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=LONGEST_FIT))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        classifier.fit(features, labels)
    stopped = any(issubclass(one.category, ConvergenceWarning) for one in caught)
    return classifier, f"fit stopped after {LONGEST_FIT} iterations" if stopped else ""
