"""How near do Gibbs chains come to the ground state of machines that have learnt nothing?

Random machines of three kinds, their weights scaled to a range of standard deviations: patterns
(or whatever coupling the recipe has), independent normal weights, independent uniform weights.
Source: Pozas-Kerstjens et al. 2021, Fig. 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.couplings.dense import Dense
from ebmflow.core.exact import is_mirrored, visible_configurations
from ebmflow.core.rbm import RBM
from ebmflow.options import Options, Scaled

ENSEMBLES = ("recipe", "normal", "uniform")


class UntrainedOptions(Options):
    """Which random machines are looked at."""

    deviations: list[Annotated[float, Field(gt=0)]] = Field(
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
        min_length=1,
        description="Standard deviations of the weights.",
    )
    sizes: Annotated[list[Annotated[int, Field(ge=2, le=20)]], Scaled(least=3)] = Field(
        [],
        description="Numbers of sites of further machines, whatever the data have (RAPID, inset of "
        "Fig. 1); ground states are found by enumeration.",
    )
    sizes_deviation: float = Field(
        10.0, gt=0, description="Standard deviation of the weights of these."
    )
    draws: Annotated[int, Scaled(least=10)] = Field(
        20, ge=2, description="Random machines of each kind (RAPID: 100)."
    )
    sweeps: int = Field(10, ge=1, description="Gibbs sweeps from a random state.")
    chains: int = Field(10, ge=1, description="Chains a machine; their mean energy counts.")


class Reached(NamedTuple):
    """One random machine at one scale.

    Attributes
    ----------
    ensemble : str
    draw : int
    visible : int
        Visible units.
    deviation : float
        Standard deviation of the weights.
    accessibility : float
        Mean energy of the chains over the energy of the ground state.
    """

    ensemble: str
    draw: int
    visible: int
    deviation: float
    accessibility: float


def glorot_deviation(machine: RBM) -> float:
    """Standard deviation of the weights after Glorot and Bengio (2010)."""
    return math.sqrt(2 / (machine.visible["data"].size + machine.hidden.size))


def reached(
    machine: RBM, ensemble: str, draw: int, options: UntrainedOptions, generator: torch.Generator
) -> Iterator[Reached]:
    """Yield how far chains come in a random machine at every scale of its weights.

    Parameters
    ----------
    machine : RBM
        Of the data group alone, without fields, drawn anew for this call.
    ensemble : str
        ``recipe`` keeps the machine's weights, ``normal`` and ``uniform`` replace them.
    """
    weights = _weights(machine.coupling.weights["data"], ensemble, generator)
    weights = weights / weights.std()
    ground = _ground_energy(_with(machine, weights))
    for deviation in options.deviations:
        scaled = _with(machine, deviation * weights)
        chains = scaled.random_chains(options.chains, generator)
        chains = scaled.advance(chains, options.sweeps, generator)
        energy = scaled.energy(chains.visible, chains.hidden).mean().item()
        # The ground state is the same at every scale, its energy proportional to it.
        sites = machine.visible["data"].sites
        yield Reached(ensemble, draw, sites, deviation, energy / (deviation * ground))


def _weights(own: Tensor, ensemble: str, generator: torch.Generator) -> Tensor:
    if ensemble == "recipe":
        return own
    if ensemble == "normal":
        return torch.randn(own.shape, generator=generator)
    return 2 * torch.rand(own.shape, generator=generator) - 1


def _with(machine: RBM, weights: Tensor) -> RBM:
    """A machine of the same layers with other weights."""
    return RBM(machine.visible, machine.hidden, Dense({"data": weights}), gauge="none")


def _ground_energy(machine: RBM) -> float:
    """Lowest joint energy of a machine without fields, by enumeration of the visible side."""
    lowest = [
        machine.energy(codes, machine.likely_hidden(codes)).min()
        for codes in visible_configurations(machine.visible, half=is_mirrored(machine))
    ]
    return torch.stack(lowest).min().item()
