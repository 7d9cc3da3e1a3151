"""Configurations of the two-dimensional Ising model, square lattice, periodic, no field.

P(s) proportional to exp(beta * sum over nearest neighbours of s_i s_j), s_i = -1 or 1, J = k_B = 1.

A sweep is one Metropolis pass over all sites, then a fixed number of Wolff clusters. The number is
set once, before anything is measured: stopping a sweep when enough spins have been turned would
depend on the state and spoil the distribution. Sources: Metropolis et al., J. Chem. Phys. 21, 1087
(1953); Wolff, Phys. Rev. Lett. 62, 361 (1989).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

EQUILIBRATION_SWEEPS = 500
PILOT_SWEEPS = 4000


class IsingRun(NamedTuple):
    """Configurations at one temperature.

    Attributes
    ----------
    spins : ndarray of int8, shape (rows, L, L)
        -1 or 1.
    interval : int
        Sweeps between two rows: twice the autocorrelation time, rounded up.
    autocorrelation_time : float
        Integrated, in sweeps: the larger of those of energy and absolute magnetisation.
    clusters : int
        Wolff clusters in a sweep.
    """

    spins: np.ndarray
    interval: int
    autocorrelation_time: float
    clusters: int


def sample_ising(side: int, beta: float, rows: int, generator: np.random.Generator) -> IsingRun:
    """Sample configurations far enough apart to count as independent.

    A chain starts from random spins, equilibrates, measures its own autocorrelation time in a pilot
    run, and is then recorded at twice that distance.

    Parameters
    ----------
    side : int
        L; 3 at least, so that a site has four different neighbours.
    beta : float
        Inverse temperature.
    rows : int
        Configurations.
    generator : numpy.random.Generator
        The only randomness.
    """
    chain = _Chain(side, beta, generator)
    chain.equilibrate(EQUILIBRATION_SWEEPS)
    times = [autocorrelation_time(series) for series in chain.pilot(PILOT_SWEEPS)]
    interval = max(1, int(np.ceil(2 * max(times))))
    spins = np.empty((rows, side, side), dtype=np.int8)
    for row in spins:
        chain.advance(interval)
        # A configuration and its negative are equally likely; below the critical temperature the
        # sign alone would keep a memory of the row before.
        row[:] = chain.spins * generator.choice((-1, 1))
    return IsingRun(spins, interval, max(times), chain.clusters)


class _Chain:
    """A configuration and how it moves."""

    def __init__(self, side: int, beta: float, generator: np.random.Generator) -> None:
        self.beta, self.generator, self.clusters = beta, generator, 1
        self.spins = generator.integers(2, size=(side, side), dtype=np.int8) * 2 - 1

    def advance(self, sweeps: int) -> int:
        """Make some sweeps; return how many spins the clusters had."""
        return _advance(self.spins, sweeps, self.clusters, self.beta, self.generator)

    def equilibrate(self, sweeps: int) -> None:
        """Forget the start; set the number of clusters so that a sweep turns about L^2 spins."""
        self.advance(sweeps)
        mean_size = self.advance(sweeps) / sweeps
        self.clusters = max(1, round(self.spins.size / mean_size))
        self.advance(sweeps)

    def pilot(self, sweeps: int) -> tuple[np.ndarray, np.ndarray]:
        """Energy and absolute magnetisation per spin after each of some sweeps."""
        energies, moments = np.empty(sweeps), np.empty(sweeps)
        for sweep in range(sweeps):
            self.advance(1)
            energies[sweep] = energy_per_spin(self.spins)
            moments[sweep] = abs(self.spins.mean())
        return energies, moments


def energy_per_spin(spins: np.ndarray) -> np.ndarray:
    """Return -(1/N) sum over nearest neighbours of s_i s_j; leading dimensions are free.

    Parameters
    ----------
    spins : ndarray, shape (..., L, L)
        -1 or 1.
    """
    neighbours = np.roll(spins, 1, axis=-1).astype(np.int64) + np.roll(spins, 1, axis=-2)
    return -(spins * neighbours).mean(axis=(-2, -1))


def autocorrelation_time(series: np.ndarray) -> float:
    """Return the integrated autocorrelation time of an evenly recorded series, in records.

    tau = 1/2 + sum over t of rho(t), up to the first t >= 5 tau: longer sums only add noise.
    Independent records have tau = 1/2.
    Source: Madras, Sokal, J. Stat. Phys. 50, 109 (1988), app. C.
    """
    centred = series - series.mean()
    n = len(centred)
    spectrum = np.fft.rfft(centred, 2 * n)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2)[:n]
    if covariance[0] <= 0:
        return 0.5  # a constant
    times = 0.5 + np.cumsum(covariance[1:] / covariance[0])
    windows = np.arange(1, n) >= 5 * times
    return float(max(0.5, times[windows.argmax() if windows.any() else -1]))


@numba.njit(nogil=True, cache=True)
def _advance(spins, sweeps, clusters, beta, generator):
    side = spins.shape[0]
    # exp(-2 beta s h) for s h = -4 ... 4, where h is the sum of the neighbours
    ratios = np.exp(-2 * beta * np.arange(-4, 5))
    bond = 1 - np.exp(-2 * beta)
    stack = np.empty(side * side, np.int64)
    turned = 0
    for _ in range(sweeps):
        for i in range(side):
            for j in range(side):
                field = (
                    spins[i - 1, j]
                    + spins[(i + 1) % side, j]
                    + spins[i, j - 1]
                    + spins[i, (j + 1) % side]
                )
                if generator.random() < ratios[4 + spins[i, j] * field]:
                    spins[i, j] = -spins[i, j]
        for _ in range(clusters):
            turned += _turn_cluster(spins, bond, stack, generator)
    return turned


@numba.njit(nogil=True, cache=True)
def _turn_cluster(spins, bond, stack, generator):
    """Grow a cluster from a random site and turn it; return its size."""
    side = spins.shape[0]
    site = generator.integers(0, side * side)
    old = spins[site // side, site % side]
    spins[site // side, site % side] = -old
    stack[0] = site
    height = 1
    size = 1
    while height:
        height -= 1
        i, j = stack[height] // side, stack[height] % side
        for a, b in (
            (i, (j + 1) % side),
            (i, (j - 1) % side),
            ((i + 1) % side, j),
            ((i - 1) % side, j),
        ):
            # A spin turns when it joins, so it cannot join twice.
            if spins[a, b] == old and generator.random() < bond:
                spins[a, b] = -old
                stack[height] = a * side + b
                height += 1
                size += 1
    return size
