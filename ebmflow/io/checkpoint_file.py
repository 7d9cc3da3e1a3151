"""Checkpoints of training: everything from which a run continues bit for bit on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from ebmflow.core.energy_model import Chains, ContrastiveModel
from ebmflow.errors import CheckpointError
from ebmflow.io.model_file import model_tensors, read_tensors, set_model_tensors, write_tensors
from ebmflow.training.update import TrainingState


def save_checkpoint(
    path: str | Path,
    model: ContrastiveModel,
    state: TrainingState,
    spec_digest: str,
    history: list[dict[str, Any]],
) -> None:
    """Write parameters, optimiser state, chains, generator state and history atomically."""
    tensors = {f"model/{name}": tensor for name, tensor in model_tensors(model).items()}
    tensors |= {f"optimiser/{name}": tensor for name, tensor in state.optimiser.items()}
    tensors |= _chain_tensors(state.estimator)
    tensors["generator"] = state.generator.get_state()
    facts = {"update": state.update, "spec_digest": spec_digest, "history": history}
    write_tensors(path, tensors, "checkpoint", facts)


def _chain_tensors(chains: Chains | None) -> dict[str, Tensor]:
    if chains is None:
        return {}
    visible = {f"chains/{group}": codes for group, codes in chains.visible.items()}
    return {**visible, "chains_hidden": chains.hidden}


def load_checkpoint(
    path: str | Path, model: ContrastiveModel, state: TrainingState, spec_digest: str
) -> list[dict[str, Any]]:
    """Set model and state to those of a checkpoint, in place, and return the history.

    Raises
    ------
    CheckpointError
        If the file is damaged, or belongs to another recipe, dataset or seed.
    """
    tensors, facts = read_tensors(path, "checkpoint")
    if facts["spec_digest"] != spec_digest:
        raise CheckpointError(path, "belongs to another recipe or dataset", "the present one")
    device = state.generator.device
    set_model_tensors(model, _under(tensors, "model/"), path)
    state.optimiser = {k: v.to(device) for k, v in _under(tensors, "optimiser/").items()}
    visible = {group: codes.to(device) for group, codes in _under(tensors, "chains/").items()}
    state.estimator = Chains(visible, tensors["chains_hidden"].to(device)) if visible else None
    state.generator.set_state(tensors["generator"])
    state.update = facts["update"]
    model.to(device)
    return facts["history"]


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
