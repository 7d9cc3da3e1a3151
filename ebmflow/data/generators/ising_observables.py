"""Energy and magnetisation of sampled configurations, beside the exact curves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ebmflow.data.generators.ising import autocorrelation_time, energy_per_spin
from ebmflow.data.generators.ising_exact import (
    finite_energy,
    infinite_energy,
    infinite_magnetisation,
)

ENERGY = "energy per spin"
MAGNETISATION = "absolute magnetisation per spin"
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
        lattice.
    """
    side = spins.shape[-1]
    found = [
        _measured(values[betas == beta], name, beta, side)
        for name, values in (
            (ENERGY, energy_per_spin(spins)),
            (MAGNETISATION, np.abs(spins.mean(axis=(1, 2)))),
        )
        for beta in np.unique(betas)
    ]
    grid = np.linspace(betas.min() - MARGIN, betas.max() + MARGIN, GRID)
    nothing = {"measured": np.nan, "standard_error": np.nan, "n": 0}
    curves = [
        {"observable": name, "parameter": beta, **nothing, **_exact(name, beta, side)}
        for name in (ENERGY, MAGNETISATION)
        for beta in grid
    ]
    return pd.DataFrame(found + curves)


def _measured(series: np.ndarray, name: str, beta: float, side: int) -> dict:
    """Mean of a series, with the error that its autocorrelation leaves."""
    error = series.std(ddof=1) * np.sqrt(2 * autocorrelation_time(series) / len(series))
    return {
        "observable": name,
        "parameter": beta,
        "measured": series.mean(),
        "standard_error": error,
        "n": len(series),
        **_exact(name, beta, side),
    }


def _exact(name: str, beta: float, side: int) -> dict[str, float]:
    if name == ENERGY:
        return {"finite": finite_energy(beta, side), "infinite": infinite_energy(beta)}
    return {"finite": np.nan, "infinite": infinite_magnetisation(beta)}
