"""Exact results for the two-dimensional Ising model (J = k_B = 1, square lattice, no field)."""

from __future__ import annotations

import numpy as np
from scipy.special import ellipe, ellipkm1

CRITICAL_BETA = float(np.log1p(np.sqrt(2)) / 2)


def log_partition(beta: complex | float, side: int) -> complex:
    """Return ln Z of the periodic L x L lattice.

    Z = 1/2 (2 sinh 2b)^(L^2/2) (Z1 + Z2 + Z3 + Z4), products over L modes each of 2 cosh or 2 sinh
    of L gamma_k / 2, odd k for Z1, Z2 and even k for Z3, Z4, where
    cosh gamma_k = cosh 2b coth 2b - cos(pi k / L) and gamma_0 = 2b + ln tanh b.
    Source: Kaufman, Phys. Rev. 76, 1232 (1949), eq. 39.

    Parameters
    ----------
    beta : float or complex
        Inverse temperature, positive; the formula is analytic, which gives derivatives.
    side : int
        L.
    """
    beta = complex(beta)
    modes = np.arange(1, 2 * side)
    gamma = np.arccosh(np.cosh(2 * beta) / np.tanh(2 * beta) - np.cos(np.pi * modes / side))
    gamma = np.concatenate(([2 * beta + np.log(np.tanh(beta))], gamma))
    # ln(2 cosh x) and ln(2 sinh x) for Re x > 0; gamma_0 alone may be negative, sinh is odd.
    signs = np.where(gamma.real < 0, -1, 1)
    halves = side * gamma * signs / 2
    log_cosh = halves + np.log1p(np.exp(-2 * halves))
    log_sinh = halves + np.log1p(-np.exp(-2 * halves))
    odd, even = slice(1, None, 2), slice(0, None, 2)
    parts = np.array([x[k].sum() for k in (odd, even) for x in (log_cosh, log_sinh)])
    largest = parts.real.max()
    total = (np.exp(parts - largest) * [1, 1, 1, signs[0]]).sum()
    return side**2 / 2 * np.log(2 * np.sinh(2 * beta)) - np.log(2) + largest + np.log(total)


def finite_energy(beta: float, side: int) -> float:
    """Return the mean energy per spin of the periodic L x L lattice, -(d ln Z / d beta) / L^2."""
    step = 1e-30  # complex step: no cancellation
    return -log_partition(complex(beta, step), side).imag / step / side**2


def finite_heat_capacity(beta: float, side: int) -> float:
    """Return the heat capacity per spin of the periodic L x L lattice, -b^2 d(energy)/d(b)."""
    step = 1e-4  # the error of the central difference is of order 1e-8
    rise = finite_energy(beta + step, side) - finite_energy(beta - step, side)
    return -(beta**2) * rise / (2 * step)


def infinite_heat_capacity(beta: float) -> float:
    """Return the heat capacity per spin of the infinite lattice; it diverges at the critical point.

    (2/pi) (b coth 2b)^2 [2 K(k) - 2 E(k) - (1 - k') (pi/2 + k' K(k))], k' = 2 tanh^2 2b - 1,
    k = 2 sinh 2b / cosh^2 2b.   Source: Onsager, Phys. Rev. 65, 117 (1944), eq. 117.
    """
    tanh = np.tanh(2 * beta)
    complement = 2 * tanh**2 - 1
    square = max(1 - complement**2, 0.0)  # k^2
    first = ellipkm1(max(complement**2, 1e-300))
    bracket = 2 * first - 2 * ellipe(square) - (1 - complement) * (np.pi / 2 + complement * first)
    return float(2 / np.pi * (beta / tanh) ** 2 * bracket)


def infinite_energy(beta: float) -> float:
    """Return the mean energy per spin of the infinite lattice.

    -coth(2b) (1 + 2/pi k' K(k)), k' = 2 tanh^2 2b - 1, k^2 + k'^2 = 1.
    Source: Onsager, Phys. Rev. 65, 117 (1944), eq. 116-117.
    """
    tanh = np.tanh(2 * beta)
    complement = 2 * tanh**2 - 1
    # K has a logarithmic singularity at the critical point, where k' K still tends to zero.
    integral = ellipkm1(max(complement**2, 1e-300))
    return float(-(1 + 2 / np.pi * complement * integral) / tanh)


def infinite_magnetisation(beta: float) -> float:
    """Return the spontaneous magnetisation, (1 - sinh(2b)^-4)^(1/8).

    It is 0 above the critical temperature.

    Source: Yang, Phys. Rev. 85, 808 (1952), eq. 96.
    """
    if beta <= CRITICAL_BETA:
        return 0.0
    return float((1 - np.sinh(2 * beta) ** -4) ** 0.125)
