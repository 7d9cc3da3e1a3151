"""RAPID's negative phase: the patterns stand for the low-energy states of the model.

Source: Pozas-Kerstjens et al. 2021, Eq. 6, App. A and B. Eqs A2 and A7 drop the
minus sign of A6; here the log-likelihood is ascended (RA-A1).
"""

from __future__ import annotations

from typing import Any, Literal, cast

import torch
from pydantic import Field
from torch import Tensor

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.energy_model import Chains
from ebmflow.core.layers.base import Layer
from ebmflow.core.moments import moments
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.registry import register
from ebmflow.training.families.base import ModelFamily
from ebmflow.training.gradients.base import Batch, Estimate, GradientEstimator, offsets_of


@register("gradient", "pattern_induced")
class PatternInduced(GradientEstimator):
    """PID: averages over the patterns, or over short chains that start at them.

    The hidden units of the negative phase are summed out given the visible part of the patterns,
    as in the published code (RA-A2). Eq. 6 and Algorithm 1 take the hidden part of the patterns
    (`hidden: patterns`); trained so, 4 x 4 bars are not learnt (docs/reproduced/rapid).
    """

    sweeps: int = Field(0, ge=0, description="Gibbs sweeps from the patterns; 0: pure PID.")
    seeds: Literal["binary", "continuous"] = Field(
        "binary",
        description="Start of the sweeps: signs of the patterns, or the patterns themselves "
        "driving the first hidden draw (published MNIST code).",
    )
    binarise: Literal["sign", "clip", "gibbs"] = Field(
        "sign",
        description="sign: signs after every epoch (B1); clip: to [-bound, bound] after every "
        "update; gibbs: one Gibbs step on the patterns after every update (B2).",
    )
    bound: float = Field(1.0, gt=0, description="x of `clip`: entries stay in [-x, x].")
    hidden: Literal["summed_out", "patterns"] = Field(
        "summed_out",
        description="Hidden units of the negative phase without sweeps: their means given the "
        "visible part of the patterns (published code), or the hidden part (Eq. 6).",
    )
    centred: bool = Field(False, description="Centred gradient with the batch means as offsets.")

    def check(self, model: ModelFamily, labelled: bool) -> None:
        super().check(model, labelled)
        coupling = getattr(getattr(model, "coupling", None), "kind", "none")
        if coupling != "patterns":
            raise ConfigError(
                "recipe",
                "gradient",
                self.kind,
                found=f"{self.kind!r} with coupling {coupling!r}",
                expected="model.coupling.kind: patterns",
            )
        if self.seeds == "continuous" and not self.sweeps:
            raise ConfigError(
                "recipe", "gradient.seeds", self.seeds, expected="binary, where sweeps is 0"
            )
        if self.hidden == "patterns" and self.sweeps:
            raise ConfigError(
                "recipe",
                "gradient.hidden",
                self.hidden,
                expected="summed_out, where sweeps draw the hidden units",
            )

    @property
    def generation_sweeps(self) -> int:
        return self.sweeps or super().generation_sweeps

    def estimate(
        self, model: RBM, batch: Batch, state: Any, generator: torch.Generator
    ) -> Estimate:
        positive = model.data_statistics(batch.positive, batch.positive_weights, generator)
        chains = self._pattern_chains(model, generator)
        patterns = _patterns(model).hidden
        weights = batch.weights.new_ones(patterns.shape[0])
        if self.hidden == "patterns":
            entries = model.hidden.expand(nearest_codes(model.hidden, patterns))
            negative = moments(model.visible, chains.visible, entries, weights)
        else:
            negative = model.chain_statistics(chains, weights)
        gradient = model.gradient(positive, negative, centred=self.centred)
        return Estimate([gradient], None, offsets_of(positive, self.centred))

    def negative_chains(
        self, model: RBM, batch: Batch, state: Any, generator: torch.Generator
    ) -> list[Chains]:
        return [self._pattern_chains(model, generator)]

    def _pattern_chains(self, model: RBM, generator: torch.Generator) -> Chains:
        patterns = _patterns(model)
        if self.seeds == "continuous":
            parts = [patterns.visible[g] @ patterns.weights[g] for g in model.visible]
            inputs = torch.stack(parts).sum(0)
            entries = model.hidden.expand(model.hidden.sample(inputs, generator))
            visible = {
                g: layer.sample(model.inputs_to_visible(entries, g), generator)
                for g, layer in model.visible.items()
            }
            return model.advance(Chains(visible, None), self.sweeps - 1, generator)
        visible = {g: patterns.visible_codes(g, layer) for g, layer in model.visible.items()}
        return model.advance(Chains(visible, None), self.sweeps, generator)

    def after_step(self, model: RBM, epoch_end: bool, generator: torch.Generator) -> None:
        """Bring the patterns back to spin configurations, or into their bounds (App. B)."""
        _BINARISATIONS[self.binarise](self, model, epoch_end, generator)
        model.refresh()


def _patterns(model: RBM) -> Patterns:
    """The model's coupling, which `check` has made sure of."""
    return cast(Patterns, model.coupling)


def nearest_codes(layer: Layer, entries: Tensor) -> Tensor:
    """Codes (K, sites) of the configurations most aligned with real entries (K, size)."""
    return layer.mode(entries - layer.field)


def _take_signs(
    options: PatternInduced, model: RBM, epoch_end: bool, generator: torch.Generator
) -> None:
    if epoch_end:
        for pattern in model.coupling.named_parameters().values():
            # sign(0) would be neither; +1 by convention.
            pattern.copy_(torch.where(pattern >= 0, 1.0, -1.0))


def _clip(options: PatternInduced, model: RBM, epoch_end: bool, generator: torch.Generator) -> None:
    for pattern in model.coupling.named_parameters().values():
        pattern.clamp_(-options.bound, options.bound)


def _gibbs_step(
    options: PatternInduced, model: RBM, epoch_end: bool, generator: torch.Generator
) -> None:
    """Visible parts given the hidden parts, then hidden parts given the new visible ones (B2)."""
    patterns = _patterns(model)
    visible = {}
    for group, layer in model.visible.items():
        visible[group] = layer.sample(model.inputs_to_visible(patterns.hidden, group), generator)
        patterns.visible[group].copy_(_signed(layer.expand(visible[group])))
    # The weights still are those of the patterns before the step.
    codes = model.hidden.sample(model.inputs_to_hidden(visible), generator)
    patterns.hidden.copy_(_signed(model.hidden.expand(codes)))


def _signed(entries: Tensor) -> Tensor:
    """Entries of any two-valued coding as -1 and +1."""
    return torch.where(entries > 0, 1.0, -1.0)


_BINARISATIONS = {"sign": _take_signs, "clip": _clip, "gibbs": _gibbs_step}
