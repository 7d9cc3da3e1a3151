"""The interface of a layer: a row of units, independent given what the other side sends.

A layer with field theta and inputs I has the distribution p(x) ~ exp(beta ((I + theta).x - u(x))),
factorised over sites; u is zero except for real units. Configurations travel as compact *codes*
(one integer a site; floats for real units) and are *expanded* only for products with weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ebmflow.core.kernels import dispatch
from ebmflow.core.kernels.products import product
from ebmflow.core.shards import draw_rows
from ebmflow.errors import NotEnumerable


class Layer(ABC):
    """Independent units of one type.

    Parameters
    ----------
    sites : int
        L, columns of a configuration.
    states : int
        q, states of a site (2 for two-state units, 0 for real ones).
    has_field : bool
        Whether the field is a trained parameter; without it the field stays zero.

    Attributes
    ----------
    field : Tensor, shape (size,)
        Field of the expanded entries.
    """

    kind: str
    entries_per_site = 1
    code_dtype = torch.uint8
    # Entries of the codes 0 and 1 of two-state units; kernels need to know them.
    two_entries: tuple[float, float] | None = None

    def __init__(self, sites: int, states: int = 2, *, has_field: bool = True) -> None:
        self.sites = sites
        self.states = states
        self.has_field = has_field
        self.field = torch.zeros(self.size)

    @property
    def size(self) -> int:
        """N, entries of an expanded configuration."""
        return self.sites * self.entries_per_site

    def to(self, device: torch.device | str) -> None:
        """Move the field, in place."""
        self.field = self.field.to(device)

    # -- what a unit type must say ------------------------------------------------------------

    @abstractmethod
    def expand(self, codes: Tensor) -> Tensor:
        """Codes (B, sites) -> float entries (B, size)."""

    @abstractmethod
    def log_normaliser(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        """Log of the sum over configurations of exp(beta ((inputs + field).x - u(x))), (B,)."""

    @abstractmethod
    def mean(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        """Mean of the expanded entries given inputs, (B, size)."""

    @abstractmethod
    def variance(self, inputs: Tensor, beta: float = 1.0) -> Tensor:
        """Variance of each expanded entry given inputs, (B, size)."""

    @abstractmethod
    def mode(self, inputs: Tensor) -> Tensor:
        """Most probable codes given inputs, (B, sites)."""

    @abstractmethod
    def sample(self, inputs: Tensor, generator: torch.Generator, beta: float = 1.0) -> Tensor:
        """Independent draw of codes given inputs, (B, sites)."""

    @abstractmethod
    def uniform(self, batch: int, generator: torch.Generator) -> Tensor:
        """Random start: codes (batch, sites), uniform over the states of every site."""

    @abstractmethod
    def field_from_mean(self, mean: Tensor, epsilon: float) -> Tensor:
        """Field of independent units with the given expanded mean (size,), clipped by epsilon."""

    # -- written once ---------------------------------------------------------------------------

    def energy(self, codes: Tensor) -> Tensor:
        """Energy -field.x + u(x) of configurations (B, sites), in nats, (B,)."""
        field = self.field.unsqueeze(-1)
        return -self.through(codes, field).squeeze(-1) + self.self_energy(codes)

    def self_energy(self, codes: Tensor) -> Tensor | float:
        """u(x), the part of the energy that has no parameter; zero for discrete units."""
        return 0.0

    def through(self, codes: Tensor, weight: Tensor) -> Tensor:
        """Inputs that configurations (B, sites) send through weights (size, M): (B, M)."""
        if self.two_entries is not None:
            summed = dispatch.two_state_product(codes, weight, *self.two_entries)
            if summed is not None:
                return summed
        return product(self.expand(codes), weight)

    def sample_after(
        self,
        sender: Layer,
        codes: Tensor,
        weight: Tensor,
        generator: torch.Generator,
        beta: float = 1.0,
    ) -> Tensor:
        """Draw codes given those of another layer, which it sends through weights."""
        if self.two_entries is not None and sender.two_entries is not None:
            low, high = self.two_entries
            drawn = dispatch.two_state_after(
                codes, weight, sender.two_entries, self.field, (high - low) * beta, generator
            )
            if drawn is not None:
                return drawn
        return self.sample(sender.through(codes, weight), generator, beta)

    def facing(self, weight: Tensor) -> Tensor:
        """Weights (M, size) of another layer as `through` of this one takes them: (size, M).

        A copy where that pays from the first use on; it does not follow later changes.
        """
        return weight.T if self.two_entries is None else dispatch.transposed(weight)

    def outer(self, codes: Tensor, other: Tensor) -> Tensor:
        """Sum over the batch of expand(codes) times other (B, M): (size, M)."""
        if self.two_entries is not None:
            summed = dispatch.two_state_product(codes.T, other, *self.two_entries)
            if summed is not None:
                return summed
        return product(self.expand(codes).T, other)

    def total(self, codes: Tensor, weights: Tensor) -> Tensor:
        """Sum over the batch of the expanded entries times weights (B,): (size,)."""
        return weights @ self.expand(codes)

    def zero_sum(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Gauge part of weights (size, M) and the inputs it stood for.

        Returns
        -------
        weight : Tensor, shape (size, M)
            Weights without the part that acts alike on all states of a site.
        inputs : Tensor, shape (M,)
            Constant inputs to the other side that the removed part contributed.
        """
        return weight, weight.new_zeros(weight.shape[1])

    def configurations(self) -> float:
        """Number of configurations, states ** sites; infinite for real units."""
        return int(self.states) ** self.sites

    def configuration(self, index: Tensor) -> Tensor:
        """Codes (B, sites) of enumeration indices (B,), site 0 running fastest."""
        powers = torch.tensor([self.states**site for site in range(self.sites)])
        codes = (index.cpu().unsqueeze(-1) // powers) % self.states
        return codes.to(device=self.field.device, dtype=self.code_dtype)

    def all_configurations(self, limit: int = 1 << 16) -> Tensor:
        """Every configuration, (states ** sites, sites), or NotEnumerable beyond `limit`."""
        count = self.configurations()
        if count > limit:
            raise NotEnumerable(
                f"{self.kind} layer of {self.sites} sites", count, limit, "sampling"
            )
        return self.configuration(torch.arange(int(count)))


def uniform_codes(batch: int, sites: int, states: int, generator: torch.Generator) -> Tensor:
    """Codes (batch, sites), uniform over 0 .. states - 1, on the generator's device."""
    codes = dispatch.uniform_codes(batch, sites, states, generator)
    if codes is not None:
        return codes

    def draw(shape: tuple[int, ...]) -> Tensor:
        return torch.randint(
            states, shape, generator=generator, device=generator.device, dtype=torch.uint8
        )

    return draw_rows(draw, (batch, sites), generator)


def uniform_numbers(shape: torch.Size | tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Uniform numbers in [0, 1), on the generator's device."""

    def draw(shape: tuple[int, ...]) -> Tensor:
        return torch.rand(shape, generator=generator, device=generator.device)

    return draw_rows(draw, shape, generator)


def normal_numbers(shape: torch.Size | tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Standard normal numbers, on the generator's device."""

    def draw(shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=generator, device=generator.device)

    return draw_rows(draw, shape, generator)
