"""Other implementations doing the work of ours, where the `bench` extra is installed."""

from __future__ import annotations

import importlib.util

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from benchmarks.measure import Work
from ebmflow.core.rbm import RBM


def installed(name: str) -> bool:
    """Whether a peer can be imported."""
    return importlib.util.find_spec(name) is not None


def annadca_sweeps(model: RBM, labels: Tensor, sweeps: int, device: str) -> dict[str, Work]:
    """Sweeps with clamped labels by annadca: its torch path, and its Triton path on a GPU."""
    if not installed("annadca"):
        return {}
    from annadca.rbm.sampling import sample

    data, states = model.visible["data"], model.visible["data"].entries_per_site
    shape = (data.sites, states) if states > 1 else (data.sites,)
    params = {
        "weight_matrix": model.coupling.weights["data"].reshape(*shape, -1).contiguous(),
        "vbias": data.field.reshape(shape),
        "hbias": model.hidden.field,
        "label_matrix": model.coupling.weights["label"],
        "lbias": model.visible["label"].field,
    }
    codes = torch.randint(max(2, states), (len(labels), data.sites), device=device)
    visible = one_hot(codes, states).float() if states > 1 else codes.float()
    label = one_hot(labels, model.visible["label"].states).float()
    backends = {"annadca": "torch"}
    if device.startswith("cuda"):
        backends["annadca (Triton)"] = "triton"
    return {
        name: lambda b=backend: sample(sweeps, visible, label, params, conditioned=True, backend=b)
        for name, backend in backends.items()
    }


def rbms_machine(model: RBM):
    """Binary machine of rbms with the parameters of ours, or None."""
    if not installed("rbms"):
        return None
    from rbms.bernoulli_bernoulli.classes import BBRBM

    weight = model.coupling.weights["data"].contiguous()
    return BBRBM(weight, model.visible["data"].field, model.hidden.field)


def rbms_sweeps(model: RBM, batch: int, sweeps: int) -> dict[str, Work]:
    """Sweeps of a binary machine without labels by rbms."""
    machine = rbms_machine(model)
    if machine is None:
        return {}
    chains = machine.init_chains(batch)
    return {"rbms": lambda: machine.sample_state(n_steps=sweeps, chains=chains)}


def rbms_annealing(model: RBM, chains: int, temperatures: int) -> dict[str, Work]:
    """Annealed importance sampling by rbms."""
    machine = rbms_machine(model)
    if machine is None:
        return {}
    from rbms.partition_function.ais import compute_partition_function_ais

    return {"rbms": lambda: compute_partition_function_ais(chains, temperatures, machine)}


def adabmdca_weights(codes: np.ndarray, identity: float, queries: int) -> dict[str, Work]:
    """Weights of some rows against all by the function that adabmDCA calls for each row."""
    if not installed("adabmDCA"):
        return {}
    from adabmDCA.fasta import _get_sequence_weight

    rows = torch.from_numpy(codes)

    def count() -> None:
        for row in rows[:queries]:
            _get_sequence_weight(row, rows, codes.shape[1], identity)

    return {"adabmDCA": count}
