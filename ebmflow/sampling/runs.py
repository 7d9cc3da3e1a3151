"""The run that a sampling plan asks for: plain chains, held units, or exchange of replicas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.energy_model import (
    NOTHING,
    Chains,
    ContrastiveModel,
    EnergyModel,
    HiddenUnitModel,
)
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.sampling.morphing import held_states, record_morph
from ebmflow.sampling.plan import Morph, SamplingPlan, Tempering
from ebmflow.sampling.recorded import record_chains, record_from_part
from ebmflow.sampling.tempering import (
    Rung,
    record_tempered,
    start_replicas,
    temperature_ladder,
)

Recorded = tuple[int, Chains, dict[str, Tensor]]


def check_plan(plan: SamplingPlan, model: ContrastiveModel) -> None:
    """Raise ConfigError if a model lacks what a plan manipulates."""
    if plan.morph:
        found = _with_hidden_units(model).hidden.sites
        if plan.morph.units > found:
            what = f"{plan.morph.units} units to hold, {found} hidden units"
            raise _refusal("morph.units", what, "at most as many as there are")
    if plan.start == "pattern":
        coupling = getattr(model, "coupling", None)
        if not isinstance(coupling, Patterns):
            raise _refusal("start", "a model without patterns", "one with coupling: patterns")
        found = len(coupling.hidden)
        if plan.pattern >= found:
            raise _refusal("pattern", f"pattern {plan.pattern} of {found}", f"0 to {found - 1}")
    if plan.tells_sites_apart:
        _rbm(model)
    if plan.tempering:
        _with_energy(model)


def _rbm(model: ContrastiveModel) -> RBM:
    # Units of one layer do not interact there: putting sites back is sampling given them.
    if isinstance(model, RBM):
        return model
    raise _refusal("corruption", "sites to hold, or blank ones, of another model", "an RBM")


def _with_hidden_units(model: ContrastiveModel) -> HiddenUnitModel:
    if isinstance(model, HiddenUnitModel):
        return model
    raise _refusal("morph", "a model without hidden units that could be held", "an RBM")


def _with_energy(model: ContrastiveModel) -> EnergyModel:
    if isinstance(model, EnergyModel):
        return model
    raise _refusal("tempering", "a model without energy", "a model with one, such as an RBM")


def _refusal(key: str, found: str, expected: str) -> ConfigError:
    return ConfigError("sampling plan", key, None, found=found, expected=expected)


def run_plan(
    plan: SamplingPlan,
    models: Sequence[ContrastiveModel],
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    *,
    clamp: frozenset[str] = NOTHING,
) -> Iterator[Recorded]:
    """Advance chains as a plan says. Held sites keep what the chains start with.

    Parameters
    ----------
    models : sequence
        The model sampled, last; before it the younger ones that serve as rungs, if any.
    chains : Chains
        Start.
    times : sequence of int
        Increasing numbers of sweeps, or of rounds of tempering.

    Yields
    ------
    time : int
    chains : Chains
    extra : dict of Tensor
        Further columns (B, ...) of the samples table.
    """
    if plan.morph:
        yield from _morphed(plan, plan.morph, models[-1], chains, times, generator, clamp)
    elif plan.tempering:
        yield from _tempered(plan.tempering, models, chains, times, generator, clamp)
    else:
        run = _plain(plan, models[-1], chains, times, generator, clamp)
        yield from ((time, state, {}) for time, state in run)


def _plain(
    plan: SamplingPlan,
    model: ContrastiveModel,
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    clamp: frozenset[str],
) -> Iterator[tuple[int, Chains]]:
    part = plan.corruption
    if part is None or not plan.tells_sites_apart:
        return record_chains(model, chains, times, generator, clamp=clamp, beta=plan.beta)
    return record_from_part(
        _rbm(model),
        chains,
        times,
        generator,
        given=part.given,
        hold=part.hold,
        blank=part.blank,
        clamp=clamp,
        beta=plan.beta,
    )


def _morphed(
    plan: SamplingPlan,
    morph: Morph,
    model: ContrastiveModel,
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    clamp: frozenset[str],
) -> Iterator[Recorded]:
    holding = _with_hidden_units(model)
    schedule = held_states(holding, morph, chains)
    run = record_morph(holding, chains, times, schedule, generator, clamp=clamp, beta=plan.beta)
    for time, state, held in run:
        yield time, state, {"held": held}


def _tempered(
    options: Tempering,
    models: Sequence[ContrastiveModel],
    chains: Chains,
    times: Sequence[int],
    generator: torch.Generator,
    clamp: frozenset[str],
) -> Iterator[Recorded]:
    """Every rung starts where the chains start."""
    rungs = (
        [Rung(_with_energy(model)) for model in models]
        if options.over == "age"
        else temperature_ladder(_with_energy(models[-1]), options.rungs, options.lowest_beta)
    )
    number = next(iter(chains.visible.values())).shape[0]
    replicas = start_replicas(rungs, number, generator, chains.visible)
    run = record_tempered(rungs, replicas, times, generator, sweeps=options.sweeps, clamp=clamp)
    for time, state, exchanges in run:
        # NaN until both parities of pairs have had a round.
        rate = torch.full((number,), exchanges.rates.min().item() if len(rungs) > 1 else 1.0)
        yield time, state, {"exchange_rate": rate}
