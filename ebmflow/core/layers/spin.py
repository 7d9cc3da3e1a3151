"""Spin units x in {-1, +1}; codes 0 and 1 stand for -1 and +1.

log-normaliser of a unit: ln 2cosh(beta a), mean tanh(beta a), a = input + field.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ebmflow.core.kernels import dispatch
from ebmflow.core.layers.base import Layer, uniform_codes, uniform_numbers
from ebmflow.registry import register


@register("layer", "spin")
class Spin(Layer):
    """Two-state units with entries -1 and +1."""

    two_entries = (-1.0, 1.0)

    def expand(self, codes: Tensor) -> Tensor:
        return 2 * codes.to(self.field.dtype) - 1

    def log_normaliser(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        # ln 2cosh(a) = |a| + ln(1 + e^(-2|a|)), which cannot overflow.
        size = (beta * (inputs + self.field)).abs()
        return (size + softplus(-2 * size)).sum(-1)

    def mean(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return torch.tanh(beta * (inputs + self.field))

    def variance(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return 1 - self.mean(inputs, beta).square()

    def mode(self, inputs: Tensor) -> Tensor:
        return (inputs + self.field > 0).to(self.code_dtype)

    def sample(self, inputs: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        codes = dispatch.two_state_codes(inputs, self.field, 2 * beta, generator)
        if codes is not None:
            return codes
        up = torch.sigmoid(2 * beta * (inputs + self.field))
        return (uniform_numbers(up.shape, generator) < up).to(self.code_dtype)

    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        return uniform_codes(batch, self.sites, 2, generator)

    def field_from_mean(self, mean: Tensor, epsilon: float) -> Tensor:
        limit = math.nextafter(1 - epsilon, 0)
        return torch.atanh(mean.clamp(-limit, limit))
