"""Log-likelihoods of rows, enclosed between two estimates of the log-partition function.

Annealing forward gives a stochastic lower bound of ln Z, hence an upper one of the log-likelihood;
annealing in reverse, from equilibrium samples, gives the opposite (DR Section IX A). The samples of
the reverse runs come from replicas along the same path, half of them started at data and half at
random: both halves must agree, and the differences are reported. (Replicas over temperature instead
did not carry chains between the classes of a released machine: docs/design_notes.md.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.exact import log_partition
from ebmflow.core.rbm import RBM
from ebmflow.errors import NotEnumerable
from ebmflow.options import Options, Scaled
from ebmflow.sampling.diagnostics import (
    AutocorrelationTime,
    TwoStarts,
    autocorrelation_time,
    compare_starts,
)
from ebmflow.sampling.partition import (
    log_partition_by_annealing,
    log_partition_by_reverse_annealing,
    path_ladder,
)
from ebmflow.sampling.tempering import (
    Replicas,
    no_exchanges,
    record_tempered,
    start_replicas,
)

BLOCK_ROWS = 4096
# Share of uniform states in the base of the path, so that no state has probability zero there.
UNIFORM_SHARE = 0.01


class LikelihoodOptions(Options):
    """Effort of likelihood estimates."""

    temperatures: Annotated[int, Scaled(least=50)] = Field(
        1000, ge=1, description="Steps of annealed importance sampling."
    )
    chains: Annotated[int, Scaled(least=50)] = Field(
        1000, ge=4, description="Annealed runs in each direction."
    )
    rungs: int = Field(10, ge=2, description="Replicas of the tempering that feeds reverse runs.")
    rounds: Annotated[int, Scaled(least=20)] = Field(
        200, ge=2, description="Its rounds; the first half warms up."
    )
    exact_limit: int = Field(
        1 << 16, ge=0, description="Configurations up to which ln Z is also summed exactly."
    )
    ages: int = Field(
        1, ge=1, description="How many of the saved ages: the last, and others spread evenly."
    )

    def chosen_ages(self, available: list[int]) -> list[int]:
        """Ages to estimate, in increasing order, the last one included."""
        ordered = sorted(available)
        places = np.linspace(len(ordered) - 1, 0, min(self.ages, len(ordered)))
        return [ordered[place] for place in sorted({round(place) for place in places})]


class Equilibrium(NamedTuple):
    """Equilibrium samples and what speaks for them.

    Attributes
    ----------
    visible : dict of Tensor
        Group -> codes (ladders, sites) at the end.
    autocorrelation : AutocorrelationTime
        Of the free energy, in rounds, after the warm-up.
    starts : TwoStarts
        Free energy of ladders started at random minus that of ladders started at data.
    leading_z : float
        The same comparison at the end, of the leading component of the hidden inputs: chains that
        are stuck in several modes tell by it, even where the modes have equal free energies.
    exchange_rates : Tensor, shape (rungs - 1,)
    """

    visible: dict[str, Tensor]
    autocorrelation: AutocorrelationTime
    starts: TwoStarts
    exchange_rates: Tensor
    leading_z: float


class PartitionBounds(NamedTuple):
    """ln Z in nats: (value, standard error) from below and above; exact where enumerable."""

    forward: tuple[float, float]
    reverse: tuple[float, float]
    exact: float | None


def log_unnormalised(model: RBM, data: Tensor) -> Tensor:
    """ln of the sum of exp(-E) over hidden units, and labels if any: float64 (B,)."""
    found = []
    for block in data.split(BLOCK_ROWS):
        if "label" not in model.visible:
            found.append(-model.free_energy({"data": block}).double())
            continue
        classes = range(model.visible["label"].states)
        labels = [torch.full((len(block), 1), c, dtype=torch.uint8) for c in classes]
        energies = [
            model.free_energy({"data": block, "label": label.to(block.device)}) for label in labels
        ]
        found.append(torch.logsumexp(-torch.stack(energies).double(), 0))
    return torch.cat(found)


def frequency_fields(model: RBM, rows: Mapping[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Fields of independent sites with the frequencies of rows, the base of the annealing path.

    Parameters
    ----------
    rows : mapping
        Group -> codes (B, sites) and weights (B,).
    """
    fields = {}
    for group, layer in model.visible.items():
        codes, weights = rows[group]
        mean = layer.total(codes, (weights / weights.sum()).to(layer.field.dtype))
        uniform = layer.mean(-layer.field)
        mixed = (1 - UNIFORM_SHARE) * mean + UNIFORM_SHARE * uniform
        fields[group] = layer.field_from_mean(mixed, 1e-7)
    return fields


def equilibrium_samples(
    model: RBM,
    start: Mapping[str, Tensor],
    base_fields: Mapping[str, Tensor],
    options: LikelihoodOptions,
    generator: torch.Generator,
) -> Equilibrium:
    """Samples by tempering along the path, one ladder a start row and as many from the base.

    Parameters
    ----------
    start : mapping of Tensor
        Group -> codes (A, sites) of data rows.
    base_fields : mapping of Tensor
        See :func:`frequency_fields`.
    """
    rungs = path_ladder(model, base_fields, options.rungs)
    half = next(iter(start.values())).shape[0]
    from_data = start_replicas(rungs, half, generator, start)
    at_random = start_replicas(rungs, half, generator)
    replicas = Replicas(
        [
            {g: torch.cat([a[g], b[g]]) for g in a}
            for a, b in zip(at_random.visible, from_data.visible, strict=True)
        ]
    )
    series, total = [], no_exchanges(len(rungs))
    times = range(1, options.rounds + 1)
    for _, chains, exchanges in record_tempered(rungs, replicas, times, generator):
        visible = chains.visible
        series.append(model.free_energy(visible))
        total.offered.add_(exchanges.offered)
        total.accepted.add_(exchanges.accepted)
    energies = torch.stack(series)[options.rounds // 2 :]
    return Equilibrium(
        visible,
        autocorrelation_time(energies),
        compare_starts(energies[:, :half], energies[:, half:]),
        total.rates,
        _leading_z(model.inputs_to_hidden(visible), half),
    )


def _leading_z(inputs: Tensor, half: int) -> float:
    """z of the difference between halves along the leading component of inputs (B, M)."""
    centred = inputs.double() - inputs.double().mean(0)
    # The direction knows nothing of the halves, so that z is of order one if they are alike.
    direction = torch.linalg.svd(centred, full_matrices=False).Vh[0]
    places = (centred @ direction).unsqueeze(0)
    return compare_starts(places[:, :half], places[:, half:]).z[0].item()


def enclose_log_partition(
    model: RBM,
    samples: Mapping[str, Tensor],
    base_fields: Mapping[str, Tensor],
    options: LikelihoodOptions,
    generator: torch.Generator,
) -> PartitionBounds:
    """ln Z from below and above, and exactly if the machine is small.

    Parameters
    ----------
    samples : mapping of Tensor
        Group -> codes of equilibrium samples; where reverse runs start.
    base_fields : mapping of Tensor
        See :func:`frequency_fields`.
    """
    steps = options.temperatures
    forward = log_partition_by_annealing(
        model, generator, temperatures=steps, chains=options.chains, base_fields=base_fields
    )
    reverse = log_partition_by_reverse_annealing(
        model, samples, generator, temperatures=steps, base_fields=base_fields
    )
    try:
        exact = log_partition(model, options.exact_limit)
    except NotEnumerable:
        exact = None
    return PartitionBounds(
        (forward.value, forward.standard_error), (reverse.value, reverse.standard_error), exact
    )
