"""Potts units: one of q states a site; entries are the one-hot vectors of the sites, side by side.

log-normaliser of a site: ln sum_s e^(beta a_s), mean softmax(beta a), a = inputs + field.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, one_hot

from ebmflow.core.kernels import dispatch
from ebmflow.core.layers.base import Layer, uniform_codes, uniform_numbers
from ebmflow.registry import register


@register("layer", "potts")
class Potts(Layer):
    """Sites with q states; entry site * q + state is 1 where the code is `state`."""

    def __init__(self, sites: int, states: int, *, has_field: bool = True) -> None:
        self.entries_per_site = states
        super().__init__(sites, states, has_field=has_field)

    def expand(self, codes: Tensor) -> Tensor:
        return one_hot(codes.long(), self.states).flatten(-2).to(self.field.dtype)

    def _fields(self, inputs: Tensor, beta: float) -> Tensor:
        """Effective fields (B, sites, q)."""
        return (beta * (inputs + self.field)).unflatten(-1, (self.sites, self.states))

    def log_normaliser(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return torch.logsumexp(self._fields(inputs, beta), -1).sum(-1)

    def mean(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return torch.softmax(self._fields(inputs, beta), -1).flatten(-2)

    def variance(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        mean = self.mean(inputs, beta)
        return mean * (1 - mean)

    def mode(self, inputs: Tensor) -> Tensor:
        return self._fields(inputs, 1.0).argmax(-1).to(self.code_dtype)

    def sample(self, inputs: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        codes = dispatch.state_codes(inputs, self.field, beta, self.states, generator)
        if codes is not None:
            return codes
        # Inverse of the cumulative distribution: five times faster than Categorical, and the
        # normalisation drops out (docs/kernels.md, "Drawing Potts states").
        fields = self._fields(inputs, beta)
        cumulative = (fields - fields.amax(-1, keepdim=True)).exp_().cumsum(-1)
        level = uniform_numbers(fields.shape[:-1], generator) * cumulative[..., -1]
        below = (cumulative <= level.unsqueeze(-1)).sum(-1)
        # Rounding can put the level on the last cumulative value.
        return below.clamp_(max=self.states - 1).to(self.code_dtype)

    def sample_after(
        self,
        sender: Layer,
        codes: Tensor,
        weight: Tensor,
        generator: torch.Generator,
        beta: float = 1.0,
    ) -> Tensor:
        if sender.two_entries is not None:
            drawn = dispatch.states_after(
                codes, weight, sender.two_entries, self.field, beta, self.states, generator
            )
            if drawn is not None:
                return drawn
        return super().sample_after(sender, codes, weight, generator, beta)

    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        return uniform_codes(batch, self.sites, self.states, generator)

    def through(self, codes: Tensor, weight: Tensor) -> Tensor:
        # A sum of weight rows, without the one-hot matrix.
        summed = dispatch.summed_rows(codes, weight, self.states)
        if summed is not None:
            return summed
        offsets = torch.arange(self.sites, device=codes.device) * self.states
        rows = (codes.long() + offsets).reshape(-1, self.sites)
        inputs = embedding_bag(rows, weight, mode="sum")
        return inputs.reshape(*codes.shape[:-1], weight.shape[-1])

    def outer(self, codes: Tensor, other: Tensor) -> Tensor:
        scattered = dispatch.scattered_rows(codes, other, self.states)
        return super().outer(codes, other) if scattered is None else scattered

    def total(self, codes: Tensor, weights: Tensor) -> Tensor:
        scattered = dispatch.scattered_weights(codes, weights, self.states)
        return super().total(codes, weights) if scattered is None else scattered

    def zero_sum(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        by_site = weight.unflatten(0, (self.sites, self.states))
        mean = by_site.mean(1, keepdim=True)
        return (by_site - mean).flatten(0, 1), mean.sum((0, 1))

    def field_from_mean(self, mean: Tensor, epsilon: float) -> Tensor:
        log_mean = mean.clamp(epsilon, 1 - epsilon).log().unflatten(-1, (self.sites, self.states))
        return (log_mean - log_mean.mean(-1, keepdim=True)).flatten(-2)
