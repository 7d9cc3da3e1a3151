"""Training and sampling: F&F updates, sweeps, chaotic steps, annealed importance sampling.

python -m benchmarks --only updates sweeps persistent chaotic annealing
"""

from __future__ import annotations

import torch

from benchmarks import peers
from benchmarks.measure import Goal, Settings, Table, Work, interleave
from benchmarks.updates import (
    SHAPES,
    Shape,
    Straightforward,
    make_case,
    ours,
    products,
    with_tf32,
)
from ebmflow.core.chaotic import ChaoticNetwork
from ebmflow.core.chaotic_units import RealUnits
from ebmflow.core.chaotic_wiring import Dynamics, layered_links, random_couplings
from ebmflow.core.kernels.graphs import graphed
from ebmflow.core.kernels.products import product
from ebmflow.core.rbm import RBM
from ebmflow.sampling.partition import log_partition_by_annealing
from ebmflow.space import StateSpace
from ebmflow.training.families.rbm import RbmFamily

UPDATE_GOALS = {
    "potts_large": (
        Goal("straightforward", 12.0),
        Goal("straightforward, site by site", 12.0),
        Goal("dense products", 1.0),
    ),
    "binary_large": (Goal("dense products", 0.8),),
}
SWEEP_GOALS = {
    "potts_small": (Goal("annadca", 5.0),),
    "binary_large": (Goal("annadca", 2.0), Goal("rbms", 2.0)),
}


def scaled_shapes(settings: Settings) -> dict[str, Shape]:
    """The shapes, with a part of the batch where only a part is asked for."""
    return {n: s._replace(batch=max(1, int(s.batch * settings.scale))) for n, s in SHAPES.items()}


def _text(shape: Shape) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in zip("BLqHCk", shape, strict=True) if value
    )


def _goals(goals: tuple[Goal, ...], device: str) -> tuple[Goal, ...]:
    """Goals of this device: on a GPU they are the same for every row."""
    if not device.startswith("cuda"):
        return goals
    return (Goal("straightforward", 10.0), Goal("dense products, TF32", 0.5))


def measure_updates(table: Table, settings: Settings) -> None:
    """F&F gradient estimates against a straightforward implementation and the bare products."""
    for name, shape in scaled_shapes(settings).items():
        model, data = make_case(shape, settings.device)
        works: dict[str, Work] = {
            "ebmflow": ours(model, data, shape),
            "straightforward": Straightforward(model, data, shape, tensor=True),
            **products(model, shape, settings.device),
        }
        if shape.states > 2:
            by_site = Straightforward(model, data, shape, tensor=False)
            works["straightforward, site by site"] = by_site
        with torch.inference_mode():
            seconds = interleave(works, settings.rounds, settings.device)
        goals = _goals(UPDATE_GOALS.get(name, ()), settings.device)
        table.add("F&F update", f"{name}: {_text(shape)}", seconds, goals)


def measure_sweeps(table: Table, settings: Settings) -> None:
    """Ten sweeps with clamped labels, against the samplers of annadca and (binary) rbms."""
    for name, shape in scaled_shapes(settings).items():
        model, data = make_case(shape, settings.device)
        works = {"ebmflow": _sweeps(model, shape.batch, shape.sweeps, settings.device)}
        works |= peers.annadca_sweeps(model, data.labels, shape.sweeps, settings.device)
        if settings.device.startswith("cuda"):
            works["straightforward"] = Straightforward(model, data, shape, tensor=False).generate
        if shape.states == 2:
            works |= peers.rbms_sweeps(model, shape.batch, shape.sweeps)
        with torch.inference_mode():
            seconds = interleave(works, settings.rounds, settings.device)
        goals = SWEEP_GOALS.get(name, ())
        if settings.device.startswith("cuda"):
            goals = (Goal("annadca (Triton)", 3.0), Goal("straightforward", 10.0))
        table.add("sweeps, labels clamped", f"{name}: {_text(shape)}", seconds, goals)


def _sweeps(model: RBM, batch: int, sweeps: int, device: str) -> Work:
    generator = torch.Generator(device).manual_seed(1)
    chains = model.random_chains(batch, generator)
    clamp = frozenset({"label"}) & frozenset(model.visible)
    swept = graphed(model, torch.device(device))
    return lambda: swept.advance(chains, sweeps, generator, clamp=clamp)


def _binary_machine(sites: int, units: int, device: str) -> RBM:
    family = RbmFamily.model_validate(
        {"hidden": {"units": units}, "labels": False, "coupling": {"kind": "dense"}}
    )
    generator = torch.Generator().manual_seed(0)
    model = family.build(StateSpace("binary", sites, 2, 0), None, generator).to(device)
    weight = model.coupling.weights["data"]
    weight.copy_(0.05 * torch.randn(weight.shape, generator=generator))
    return model


def measure_persistent(table: Table, settings: Settings) -> None:
    """Ten sweeps of persistent chains of a binary machine without labels."""
    model = _binary_machine(784, 1024, settings.device)
    works = {"ebmflow": _sweeps(model, 500, 10, settings.device)}
    works |= peers.rbms_sweeps(model, 500, 10)
    works |= _annadca_unlabelled(model, settings.device)
    with torch.inference_mode():
        seconds = interleave(works, settings.rounds, settings.device)
    goals = (Goal("rbms", 2.0), Goal("annadca", 2.0))
    if settings.device.startswith("cuda"):
        goals = (*goals, Goal("annadca (Triton)", 3.0))
    table.add("PCD sweeps (10)", "B 500, N 784, H 1024", seconds, goals)


def _annadca_unlabelled(model: RBM, device: str) -> dict[str, Work]:
    """annadca knows labelled machines only: one label, clamped, is the smallest."""
    from ebmflow.training.families.base import make_layer

    label = make_layer("potts", 1, 1)
    label.to(device)
    weights = {**model.coupling.weights, "label": torch.zeros(1, model.hidden.size, device=device)}
    labelled = RBM({**model.visible, "label": label}, model.hidden, type(model.coupling)(weights))
    labels = torch.zeros(500, dtype=torch.int64, device=device)
    return peers.annadca_sweeps(labelled, labels, 10, device)


def measure_chaotic(table: Table, settings: Settings) -> None:
    """A hundred Euler steps against the matrix products they consist of."""
    batch, sites, units, steps = 500, 784, 500, 100
    device = settings.device
    generator = torch.Generator(device).manual_seed(0)
    links = layered_links(["data"], ["hidden"])
    couplings = random_couplings({"data": sites, "hidden": units}, links.values(), 1.2, generator)
    visible = {"data": RealUnits(sites, 0)}
    network = ChaoticNetwork(visible, {"hidden": units}, links, couplings, Dynamics())
    chains = network.random_chains(batch, generator)
    up, down = torch.rand(sites, units, device=device), torch.rand(units, sites, device=device)
    below, above = torch.rand(batch, sites, device=device), torch.rand(batch, units, device=device)

    def multiply() -> None:
        for _ in range(steps):
            product(below, up)
            product(above, down)

    driven = graphed(network, torch.device(device))
    works = {"ebmflow": lambda: driven.advance(chains, steps, generator), "products": multiply}
    goal = Goal("products", 0.8)
    if device.startswith("cuda"):
        works["products, TF32"], goal = with_tf32(multiply), Goal("products, TF32", 0.5)
    with torch.inference_mode():
        seconds = interleave(works, settings.rounds, device)
    shape = f"B {batch}, N {sites}, H {units}, {steps} steps"
    table.add("chaotic network", shape, seconds, (goal,))


def measure_annealing(table: Table, settings: Settings) -> None:
    """Annealed importance sampling against rbms; some of the temperatures, times scaled."""
    sites, units, temperatures, chains, part = 784, 400, 1000, 1000, 50
    model = _binary_machine(sites, units, settings.device)
    generator = torch.Generator(settings.device).manual_seed(1)
    few = temperatures // part
    works: dict[str, Work] = {
        "ebmflow": lambda: log_partition_by_annealing(
            model, generator, temperatures=few, chains=chains
        )
    }
    works |= peers.rbms_annealing(model, chains, few)
    with torch.inference_mode():
        seconds = interleave(
            works, settings.rounds, settings.device, dict.fromkeys(works, float(part))
        )
    shape = f"{sites} x {units}, {temperatures} temperatures, {chains} chains"
    table.add("annealed importance sampling", shape, seconds, (Goal("rbms", 2.0),))
