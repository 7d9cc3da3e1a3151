"""What two-class data alone say: how many labels a vector needs, what constraints should cost.

Source: Fernandez-de-Cossio-Diaz, Cocco, Monasson 2023, Eqs 27 to 30 and Fig. 11 (overlap), Eqs 31
to 34 and Figs 12, 13 (Gaussian-spin machine).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from ebmflow.core.gaussian_spin import (
    ClassMoments,
    class_moments,
    eigenvalues,
    log_likelihoods,
    scaled_covariance,
)
from ebmflow.options import Options, Scaled


class LabelTheoryOptions(Options):
    """Sizes of the two analyses."""

    draws: Annotated[int, Scaled(least=10)] = Field(
        100, ge=2, description="Random labelled subsets of each size."
    )
    sizes: int = Field(12, ge=2, description="Numbers of labels looked at, from 2 to half of all.")
    unit_counts: int = Field(12, ge=2, description="Numbers of Gaussian units looked at.")


def overlap_estimate(labels: int, within_trace: float, distance: float) -> float:
    """Mean overlap of a vector from few labels with the true one (form of Eq. 30).

    Parameters
    ----------
    labels : int
        B. The paper calls it the labels of both classes together; the variance of a difference of
        means, Tr(C0 + C1) / (labels a class), asks for the labels of one class. Both are given.
    within_trace : float
        Tr(C0 + C1).
    distance : float
        Squared distance between the class means.
    """
    return float((1 + within_trace / (labels * distance)) ** -0.5)


def scarcity(
    entries: np.ndarray, labels: np.ndarray, options: LabelTheoryOptions, rng: np.random.Generator
) -> pd.DataFrame:
    """Overlaps of vectors from random balanced subsets with that of all rows.

    Parameters
    ----------
    entries : ndarray (n, N)
    labels : ndarray (n,) of 0 and 1

    Returns
    -------
    DataFrame
        labels (in all), per_entry (labels / N), mean, deviation (over draws), estimate_printed
        (Eq. 30, B in all), estimate (B a class).
    """
    classes = [entries[labels == label].astype(np.float64) for label in (0, 1)]
    q = classes[1].mean(0) - classes[0].mean(0)
    trace = sum(float(rows.var(0).sum()) for rows in classes)
    most = max(2, min(len(rows) for rows in classes) // 2)
    table = []
    for half in np.unique(np.rint(np.geomspace(1, most, options.sizes)).astype(int)):
        found = [_overlap(classes, q, int(half), rng) for _ in range(options.draws)]
        table.append(
            {
                "labels": 2 * int(half),
                "per_entry": 2 * int(half) / len(q),
                "mean": float(np.mean(found)),
                "deviation": float(np.std(found, ddof=1)),
                "estimate_printed": overlap_estimate(2 * int(half), trace, float(q @ q)),
                "estimate": overlap_estimate(int(half), trace, float(q @ q)),
            }
        )
    return pd.DataFrame(table)


def _overlap(
    classes: list[np.ndarray], q: np.ndarray, half: int, rng: np.random.Generator
) -> float:
    means = [rows[rng.choice(len(rows), half, replace=False)].mean(0) for rows in classes]
    found = means[1] - means[0]
    size = np.linalg.norm(found) * np.linalg.norm(q)
    return float(found @ q / size) if size > 0 else 0.0


def gaussian_costs(
    entries: np.ndarray, labels: np.ndarray, weights: np.ndarray, sites: int, counts: int
) -> pd.DataFrame:
    """Likelihoods of Gaussian-spin machines and costs of constraints, nats per site.

    sigma is the standard deviation within the classes (ours): then an independent-site machine has
    the right variances, and C~ is a correlation matrix. Entries that do not vary are left out.

    Returns
    -------
    DataFrame
        units, unconstrained, constrained, released (log-likelihoods), erasure, disentanglement.
    """
    moments, sigma = _varying_moments(entries, labels, weights)
    most = int((eigenvalues(scaled_covariance(moments.within, sigma)) > 1).sum())
    units = np.unique(np.rint(np.linspace(0, most, counts)).astype(int))
    found = log_likelihoods(moments, sigma, units.tolist())
    table = pd.DataFrame(found).div(sites)
    table.insert(0, "units", units)
    table["erasure"] = table["unconstrained"] - table["constrained"]
    table["disentanglement"] = table["unconstrained"] - table["released"]
    return table


def interlacing_violation(entries: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Largest violation of lambda_k >= projected lambda_k >= lambda_(k+1) (Poincare); 0: none."""
    moments, sigma = _varying_moments(entries, labels, weights)
    free = eigenvalues(scaled_covariance(moments.within, sigma))
    projected = eigenvalues(scaled_covariance(moments.within, sigma, moments.separation))
    above, below = projected - free, free[1:] - projected[:-1]
    return max(0.0, float(above.max()), float(below.max()))


def _varying_moments(
    entries: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[ClassMoments, torch.Tensor]:
    moments = class_moments(*(torch.from_numpy(one) for one in (entries, labels, weights)))
    varies = moments.within.diagonal() > 1e-9
    kept = ClassMoments(
        moments.mean[varies], moments.separation[varies], moments.within[varies][:, varies]
    )
    return kept, kept.within.diagonal().sqrt()
