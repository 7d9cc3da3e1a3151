"""Gaussian units: real x with unit precision, u(x) = x^2 / 2.

log-normaliser of a unit: beta a^2 / 2 + ln(2 pi / beta) / 2, mean a, variance 1 / beta, with
a = input + field.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ebmflow.core.layers.base import Layer, normal_numbers
from ebmflow.errors import NotEnumerable
from ebmflow.registry import register


@register("layer", "gaussian")
class Gaussian(Layer):
    """Real units; codes are the values themselves."""

    code_dtype = torch.float32

    def __init__(self, sites: int, states: int = 0, *, has_field: bool = True) -> None:
        super().__init__(sites, 0, has_field=has_field)

    def expand(self, codes: Tensor) -> Tensor:
        return codes.to(self.field.dtype)

    def self_energy(self, codes: Tensor) -> Tensor:
        return codes.to(self.field.dtype).square().sum(-1) / 2

    def log_normaliser(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        total = inputs + self.field
        return beta * total.square().sum(-1) / 2 + self.sites * math.log(2 * math.pi / beta) / 2

    def mean(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return inputs + self.field

    def variance(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        return torch.full_like(inputs, 1 / beta)

    def mode(self, inputs: Tensor) -> Tensor:
        return inputs + self.field

    def sample(self, inputs: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        noise = normal_numbers(inputs.shape, generator)
        return self.mean(inputs) + noise / math.sqrt(beta)

    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        # No uniform law on the line: the start is the layer without inputs and field.
        return normal_numbers((batch, self.sites), generator)

    def field_from_mean(self, mean: Tensor, epsilon: float) -> Tensor:
        return mean.clone()

    def configuration(self, index: Tensor) -> Tensor:
        raise NotEnumerable("gaussian layer", math.inf, 0, "the Gaussian formulas or sampling")

    def configurations(self) -> float:
        return math.inf
