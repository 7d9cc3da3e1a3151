"""Observables of sampled configurations, beside the exact curves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ebmflow.data.generators.ising import autocorrelation_time, energy_per_spin
from ebmflow.data.generators.ising_exact import (
    finite_energy,
    finite_heat_capacity,
    infinite_energy,
    infinite_heat_capacity,
    infinite_magnetisation,
)

ENERGY = "energy per spin"
MAGNETISATION = "absolute magnetisation per spin"
HEAT_CAPACITY = "heat capacity per spin"
SUSCEPTIBILITY = "susceptibility per spin"
CORRELATION_LENGTH = "correlation length in sites"
BLOCKS = 20  # of the jackknife
NEIGHBOURS = 4
GRID = 121  # points of a curve
MARGIN = 0.02  # how far a curve reaches beyond the measured temperatures


def observables(spins: np.ndarray, betas: np.ndarray) -> pd.DataFrame:
    """Return measured and exact values at each inverse temperature, and the curves between them.

    Parameters
    ----------
    spins : ndarray of int8, shape (n, L, L)
        -1 or 1, in the order in which the chain of each temperature gave them.
    betas : ndarray of float, shape (n,)

    Returns
    -------
    DataFrame
        Columns observable, parameter (beta), measured, standard_error, n, finite (exact for the
        L x L lattice: Kaufman 1949), infinite (exact: Onsager 1944, Yang 1952). Lines of a curve
        have n = 0 and nothing measured. No closed form is known for the magnetisation of a finite
        lattice, for the susceptibility, and for the correlation length as measured.
    """
    side = spins.shape[-1]
    energies, moments = energy_per_spin(spins), spins.mean(axis=(1, 2))
    found: dict[str, list[dict]] = {name: [] for name in EXACT}
    for beta in np.unique(betas):
        own = betas == beta
        estimates = _estimates(energies[own], moments[own], beta, side)
        estimates[CORRELATION_LENGTH] = _correlation_length(spins[own])
        for name, (value, error) in estimates.items():
            place = {"observable": name, "parameter": beta, "measured": value}
            place |= {"standard_error": error, "n": int(own.sum())}
            found[name].append({**place, **_exact(name, beta, side)})
    grid = np.linspace(betas.min() - MARGIN, betas.max() + MARGIN, GRID)
    nothing = {"measured": np.nan, "standard_error": np.nan, "n": 0}
    curves = [
        {"observable": name, "parameter": beta, **nothing, **_exact(name, beta, side)}
        for name in EXACT
        for beta in grid
    ]
    return pd.DataFrame([line for lines in found.values() for line in lines] + curves)


def _estimates(
    energies: np.ndarray, moments: np.ndarray, beta: float, side: int
) -> dict[str, tuple[float, float]]:
    """Observable -> value and standard error, from energy and magnetisation per spin (n,).

    C = beta^2 N var(e), chi = beta N [<m^2> - <|m|>^2] (Disentangling, Section V A), N = L^2.
    """
    sizes = np.abs(moments)
    series = np.stack([energies, energies**2, sizes, sizes**2], axis=1)

    def heat_capacity(means: np.ndarray) -> np.ndarray:
        return beta**2 * side**2 * (means[..., 1] - means[..., 0] ** 2)

    def susceptibility(means: np.ndarray) -> np.ndarray:
        return beta * side**2 * (means[..., 3] - means[..., 2] ** 2)

    return {
        ENERGY: _mean(energies),
        MAGNETISATION: _mean(sizes),
        HEAT_CAPACITY: _jackknife(series, heat_capacity),
        SUSCEPTIBILITY: _jackknife(series, susceptibility),
    }


def _correlation_length(spins: np.ndarray) -> tuple[float, float]:
    """Correlation length in lattice spacings, and its error; nan where waves are too few to tell.

    From the structure factors S of the two longest waves along an axis, k = 2 pi / L and twice
    that, by S ~ 1 / (xi^-2 + (2 sin k/2)^2). The magnetisation does not enter, so that it means
    the same in ordered states, and where machines keep the magnetisation at zero.
    """
    side = spins.shape[-1]
    if side < 4:
        return np.nan, np.nan
    lines = np.stack([spins.mean(axis=1), spins.mean(axis=2)])  # (2, n, L)
    waves = np.abs(np.fft.rfft(lines, axis=-1)[..., 1:3]) ** 2
    first, second = (2 * np.sin(np.pi * np.array([1, 2]) / side)) ** 2

    def length(means: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = means[..., 0] / means[..., 1]
            return np.sqrt((ratio - 1) / (second - ratio * first))

    return _jackknife(waves.mean(axis=0), length)


def _mean(series: np.ndarray) -> tuple[float, float]:
    """Mean of a series, with the error that its autocorrelation leaves; none of a single row."""
    if len(series) < 2:
        return float(series.mean()), np.nan
    error = series.std(ddof=1) * np.sqrt(2 * autocorrelation_time(series) / len(series))
    return float(series.mean()), float(error)


def _jackknife(
    series: np.ndarray, function: Callable[[np.ndarray], np.ndarray]
) -> tuple[float, float]:
    """Value of a function of the means (n, k), and its error from leaving out blocks of records."""
    if len(series) < 2:
        return float(function(series.mean(axis=0))), np.nan
    blocks = np.array_split(series, min(BLOCKS, len(series)))
    sizes = np.array([len(block) for block in blocks])[:, None]
    sums = np.stack([block.sum(axis=0) for block in blocks])
    without = function((sums.sum(axis=0) - sums) / (len(series) - sizes))
    error = np.sqrt((len(blocks) - 1) * np.mean((without - without.mean()) ** 2))
    return float(function(series.mean(axis=0))), float(error)


def expected_released_weight(beta: np.ndarray, magnetisation: np.ndarray) -> np.ndarray:
    """Return the weight w* of a released unit, beta z |m|, z = 4 (Disentangling, Eq. 24)."""
    return beta * NEIGHBOURS * np.abs(magnetisation)


# Observable -> its exact values; where the size is missing, no closed form is known.
EXACT: dict[str, dict[str, Callable[..., float]]] = {
    ENERGY: {"finite": finite_energy, "infinite": infinite_energy},
    MAGNETISATION: {"infinite": infinite_magnetisation},
    HEAT_CAPACITY: {"finite": finite_heat_capacity, "infinite": infinite_heat_capacity},
    SUSCEPTIBILITY: {},
    CORRELATION_LENGTH: {},
}


def _exact(name: str, beta: float, side: int) -> dict[str, float]:
    known = EXACT[name]
    return {
        "finite": known["finite"](beta, side) if "finite" in known else np.nan,
        "infinite": known["infinite"](beta) if "infinite" in known else np.nan,
    }
