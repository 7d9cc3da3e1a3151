"""Have chains reached equilibrium, and how many of their states are independent?"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

# Sokal's window: the sum stops at the first lag beyond this many autocorrelation times.
WINDOW = 5.0


class AutocorrelationTime(NamedTuple):
    """Integrated autocorrelation time of an observable.

    Attributes
    ----------
    value : float
        tau = 1/2 + sum over lags of the autocorrelation, in steps of the series; a mean over T
        steps is worth T / (2 tau) independent states. 1/2 for independent states.
    standard_error : float
        By Madras and Sokal 1988, Eq. 3.19; NaN if the window did not close.
    window : int
        Lag at which the sum stopped.
    converged : bool
        Whether the window closed, which needs a series of many tau.
    """

    value: float
    standard_error: float
    window: int
    converged: bool


def autocorrelation(series: Tensor) -> Tensor:
    """Autocorrelation (T,) of stationary series (T, B), averaged over the B chains.

    The mean over all times and chains is taken out, so that chains which never leave different
    places show as correlated for ever.
    """
    steps = series.shape[0]
    centred = series.double() - series.double().mean()
    spectrum = torch.fft.rfft(centred, n=2 * steps, dim=0)
    products = torch.fft.irfft(spectrum.abs().square(), n=2 * steps, dim=0)[:steps].mean(1)
    products = products / torch.arange(steps, 0, -1, dtype=torch.float64, device=series.device)
    if products[0] > 0:
        return products / products[0]
    # A constant series is taken as independent: there is nothing to wait for.
    return (torch.arange(steps, device=series.device) == 0).double()


def autocorrelation_time(series: Tensor) -> AutocorrelationTime:
    """Integrated autocorrelation time of series (T, B) of B chains at equilibrium."""
    correlation = autocorrelation(series)
    sums = correlation.cumsum(0) - 0.5
    lags = torch.arange(len(sums), device=sums.device)
    closed = (lags >= WINDOW * sums).nonzero()
    window = int(closed[0]) if len(closed) else len(sums) - 1
    value = sums[window].item()
    error = math.nan
    if len(closed):
        error = value * math.sqrt(2 * (2 * window + 1) / series.numel())
    return AutocorrelationTime(value, error, window, bool(len(closed)))


class TwoStarts(NamedTuple):
    """Difference of an observable between chains from two starts.

    Attributes
    ----------
    difference : Tensor, shape (T,)
        Mean of the first minus mean of the second, at every time.
    standard_error : Tensor, shape (T,)
    z : Tensor, shape (T,)
        Their ratio; at equilibrium of order one at every time.
    """

    difference: Tensor
    standard_error: Tensor
    z: Tensor


def compare_starts(first: Tensor, second: Tensor) -> TwoStarts:
    """Compare an observable of chains from two very different starts, such as random and data.

    Chains that have forgotten their start agree; agreement of one observable is necessary for
    equilibrium, not sufficient.

    Parameters
    ----------
    first, second : Tensor, shapes (T, A) and (T, B)
        The observable of independent chains at T times, at least two chains each.
    """
    means = [series.double().mean(1) for series in (first, second)]
    errors = [series.double().var(1) / series.shape[1] for series in (first, second)]
    difference = means[0] - means[1]
    error = (errors[0] + errors[1]).sqrt()
    # Equal constants agree; different ones never do.
    z = torch.where(difference == 0, torch.zeros_like(difference), difference / error)
    return TwoStarts(difference, error, z)
