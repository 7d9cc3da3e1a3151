"""Time of one F&F update, against a straightforward implementation of the same update.

    python -m benchmarks --only updates

The straightforward one gathers weight rows site by site and draws with torch.distributions, as a
first implementation would. The dense matrix products of the same update are a further measure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Categorical

from ebmflow.core.kernels.products import product
from ebmflow.core.rbm import RBM
from ebmflow.space import StateSpace
from ebmflow.training.families.base import TrainingData
from ebmflow.training.families.rbm import RbmFamily
from ebmflow.training.gradients.monte_carlo import FastAndFunctional
from ebmflow.training.graphed import graphed_estimator
from ebmflow.training.labels import complete_batch


class Shape(NamedTuple):
    """Batch, sites, states, hidden units, classes, sweeps."""

    batch: int
    sites: int
    states: int
    hidden: int
    classes: int
    sweeps: int


SHAPES = {
    "potts_large": Shape(1961, 430, 21, 1024, 9, 10),
    "potts_small": Shape(1000, 82, 21, 256, 2, 10),
    "binary_large": Shape(4507, 805, 2, 1024, 5, 10),
    "binary_small": Shape(500, 169, 2, 128, 5, 10),
}


def make_case(shape: Shape, device: str = "cpu") -> tuple[RBM, TrainingData]:
    """A machine with small random weights and uniform random rows."""
    generator = torch.Generator().manual_seed(0)
    kind = "binary" if shape.states == 2 else "categorical"
    space = StateSpace(kind, shape.sites, shape.states, shape.classes)
    family = RbmFamily.model_validate(
        {"hidden": {"units": shape.hidden}, "coupling": {"kind": "dense", "initial_scale": 0.01}}
    )
    model = family.build(space, None, generator)
    codes = model.visible["data"].uniform(shape.batch, generator)
    labels = torch.randint(shape.classes, (shape.batch,), generator=generator)
    ones = torch.ones(shape.batch, device=device)
    return model.to(device), TrainingData(codes.to(device), labels.to(device), ones)


def ours(model: RBM, data: TrainingData, shape: Shape) -> Callable[[], object]:
    """One estimate of the F&F gradient by the library, as training makes it."""
    generator = torch.Generator(data.data.device).manual_seed(1)
    estimator = FastAndFunctional(sweeps=shape.sweeps)
    recorded = graphed_estimator(estimator, model, data.data.device)
    batch = complete_batch(model, data.data, data.labels, data.weights, 1, generator)
    return lambda: recorded.estimate(model, batch, None, generator)


class Straightforward:
    """The same update as a first implementation would write it.

    Parameters
    ----------
    tensor : bool
        Whether the weight rows of all sites are gathered as one tensor (B, L, H), or the rows of
        one site after the other, which needs less memory.
    """

    def __init__(self, model: RBM, data: TrainingData, shape: Shape, *, tensor: bool) -> None:
        self.shape, self.data, self.labels = shape, data.data.long(), data.labels
        self.tensor = tensor
        self.places = torch.arange(shape.sites, device=data.data.device)
        self.weight = model.coupling.weights["data"].reshape(shape.sites, -1, shape.hidden)
        self.label_weight = model.coupling.weights["label"]
        self.field = model.visible["data"].field.reshape(shape.sites, -1)
        self.hidden_field = model.hidden.field

    def hidden_mean(self, codes: Tensor, labels: Tensor) -> Tensor:
        inputs = self.hidden_field + self.label_weight[labels]
        if self.weight.shape[1] == 1:
            return torch.sigmoid(inputs + codes.float() @ self.weight[:, 0])
        if self.tensor:
            return torch.sigmoid(inputs + self.weight[self.places, codes].sum(1))
        for site in range(self.shape.sites):
            inputs = inputs + self.weight[site][codes[:, site]]
        return torch.sigmoid(inputs)

    def draw_visible(self, hidden: Tensor) -> Tensor:
        logits = self.field + torch.einsum("bm,iqm->biq", hidden, self.weight)
        if self.weight.shape[1] == 1:
            return Bernoulli(logits=logits[..., 0]).sample().long()
        return Categorical(logits=logits).sample()

    def draw_label(self, hidden: Tensor) -> Tensor:
        return Categorical(logits=hidden @ self.label_weight.T).sample()

    def statistics(self, codes: Tensor, labels: Tensor, hidden: Tensor) -> list[Tensor]:
        if self.weight.shape[1] == 1:
            entries = codes.float()
        else:
            entries = torch.nn.functional.one_hot(codes, self.shape.states).flatten(1).float()
        label = torch.nn.functional.one_hot(labels, self.shape.classes).float()
        return [entries.T @ hidden, label.T @ hidden, entries.mean(0), hidden.mean(0)]

    def generate(self) -> Tensor:
        """Codes after sweeps with clamped labels from a random start."""
        codes = torch.randint(self.shape.states, self.data.shape, device=self.data.device)
        for _ in range(self.shape.sweeps):
            codes = self.draw_visible(Bernoulli(self.hidden_mean(codes, self.labels)).sample())
        return codes

    def __call__(self) -> None:
        shape = self.shape
        self.statistics(self.data, self.labels, self.hidden_mean(self.data, self.labels))
        codes = self.generate()
        self.statistics(codes, self.labels, self.hidden_mean(codes, self.labels))
        labels = torch.randint(shape.classes, self.labels.shape, device=self.labels.device)
        for _ in range(shape.sweeps):
            labels = self.draw_label(Bernoulli(self.hidden_mean(self.data, labels)).sample())
        self.statistics(self.data, labels, self.hidden_mean(self.data, labels))


def products(model: RBM, shape: Shape, device: str) -> dict[str, Callable[[], None]]:
    """The dense one-hot matrix products of the same update, nothing else, as fast as ours are.

    On a GPU in TF32 and bfloat16 too: what tensor cores can do.
    """
    weight = model.coupling.weights["data"]
    entries = torch.rand(shape.batch, weight.shape[0], device=weight.device)
    hidden = torch.rand(shape.batch, shape.hidden, device=weight.device)

    def multiply(entries: Tensor, hidden: Tensor, weight: Tensor) -> None:
        for _ in range(shape.sweeps + 2):
            product(entries, weight)
        for _ in range(shape.sweeps):
            product(hidden, weight.T)
        for _ in range(3):
            product(entries.T, hidden)

    works = {"dense products": lambda: multiply(entries, hidden, weight)}
    if device.startswith("cuda"):
        short = [t.bfloat16() for t in (entries, hidden, weight)]
        works["dense products, TF32"] = with_tf32(works["dense products"])
        works["dense products, bfloat16"] = lambda: multiply(*short)
    return works


def with_tf32(work: Callable[[], object]) -> Callable[[], None]:
    """Work whose float32 products may be rounded to TF32."""

    def run() -> None:
        before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = True
        try:
            work()
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before

    return run
