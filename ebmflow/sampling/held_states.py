"""Likelihoods of machines with released units, from one annealing for each state of these units.

Chains hardly ever change a released unit, in training and in annealing alike. So neither finds the
odds of its states: annealing of the whole machine may miss one, and the field of the unit drifts
while it is trained. Given the released units, though, a machine is as easy to sample as one
without, and

    p(v) = sum_s p(s) p(v | s),   p(s) ~ exp(ln Z_s + theta_s . s),

so that ln Z_s of every state s gives the likelihood, whatever the odds are, and also that of the
machine whose shares p(s) fit the data best (with one unit: that has another field there).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ebmflow.core.conditional import given_hidden
from ebmflow.core.gibbs import HeldHidden
from ebmflow.core.rbm import RBM
from ebmflow.sampling.likelihood import PartitionBounds

# With more units there are too many states to anneal one by one: the machine is taken as a whole.
MOST_UNITS = 4
ROUNDS = 1000
SMALLEST_CHANGE = 1e-9


class HeldState(NamedTuple):
    """A state of the released units, and the machine of all other units.

    Attributes
    ----------
    codes : tuple of int
        Empty where no unit is released; the machine is then the model itself.
    machine : RBM
    offset : float
        What the held units add to ln Z of the machine, in nats.
    """

    codes: tuple[int, ...]
    machine: RBM
    offset: float


def held_states(model: RBM, released: int) -> list[HeldState]:
    """All states of the first `released` hidden units; one, of the whole model, if there is none.

    Units with other than two states, or more than MOST_UNITS of them, are not held.
    """
    if not 0 < released <= MOST_UNITS or model.hidden.states != 2:
        return [HeldState((), model, 0.0)]
    units = torch.arange(released, device=model.hidden.field.device)
    found = []
    for codes in product((0, 1), repeat=released):
        held = HeldHidden(units, torch.tensor(codes, device=units.device))
        found.append(HeldState(codes, *given_hidden(model, held)))
    return found


def join_bounds(found: Sequence[PartitionBounds], shifts: Tensor) -> PartitionBounds:
    """ln of the sum over states of exp(ln Z_s + shift_s), from below and above, and exactly.

    Parameters
    ----------
    shifts : Tensor of float64, shape (states,)
    """

    def joined(values: list[tuple[float, float]]) -> tuple[float, float]:
        each = torch.tensor(values, dtype=torch.float64)
        terms = each[:, 0] + shifts
        error = torch.linalg.vector_norm(torch.softmax(terms, 0) * each[:, 1])
        return torch.logsumexp(terms, 0).item(), error.item()

    exact = [math.nan if one.exact is None else one.exact for one in found]
    total = torch.logsumexp(torch.tensor(exact, dtype=torch.float64) + shifts, 0).item()
    return PartitionBounds(
        joined([one.forward for one in found]),
        joined([one.reverse for one in found]),
        None if math.isnan(total) else total,
    )


def middles(found: Sequence[PartitionBounds]) -> Tensor:
    """ln Z_s, float64 (states,): exact, or midway between the bounds."""
    values = [
        (one.forward[0] + one.reverse[0]) / 2 if one.exact is None else one.exact for one in found
    ]
    return torch.tensor(values, dtype=torch.float64)


def fitted_shares(log_densities: Tensor, weights: Tensor) -> Tensor:
    """Shares (states,) of a mixture that make rows most probable, its parts given (EM).

    Parameters
    ----------
    log_densities : Tensor of float64, shape (n, states)
        ln p(row | state).
    weights : Tensor of float64, shape (n,)
        Weights of the rows.
    """
    of_rows, states = weights / weights.sum(), log_densities.shape[1]
    shares = torch.full((states,), 1 / states, dtype=torch.float64)
    for _ in range(ROUNDS):
        # The log of a share of zero, of a state that no row has, is minus infinity as it should be.
        new = of_rows @ torch.softmax(log_densities + shares.log(), 1)
        if (new - shares).abs().max() < SMALLEST_CHANGE:
            return new
        shares = new
    return shares
