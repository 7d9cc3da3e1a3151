"""Bernoulli units x in {0, 1}.

log-normaliser of a unit: ln(1 + e^(beta a)), mean sigmoid(beta a), a = input + field.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ebmflow.core.kernels import dispatch
from ebmflow.core.layers.base import Layer, uniform_codes, uniform_numbers
from ebmflow.registry import register


@register("layer", "bernoulli")
class Bernoulli(Layer):
    """Two-state units with entries 0 and 1; codes are the entries."""

    two_entries = (0.0, 1.0)

    def expand(self, codes: Tensor) -> Tensor:
        return codes.to(self.field.dtype)

    def log_normaliser(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return softplus(beta * (inputs + self.field)).sum(-1)

    def mean(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return torch.sigmoid(beta * (inputs + self.field))

    def variance(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        mean = self.mean(inputs, beta)
        return mean * (1 - mean)

    def mode(self, inputs: Tensor) -> Tensor:
        return (inputs + self.field > 0).to(self.code_dtype)

    def sample(self, inputs: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        codes = dispatch.two_state_codes(inputs, self.field, beta, generator)
        if codes is not None:
            return codes
        mean = self.mean(inputs, beta)
        return (uniform_numbers(mean.shape, generator) < mean).to(self.code_dtype)

    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        return uniform_codes(batch, self.sites, 2, generator)

    def field_from_mean(self, mean: Tensor, epsilon: float) -> Tensor:
        return torch.logit(mean, eps=epsilon)
