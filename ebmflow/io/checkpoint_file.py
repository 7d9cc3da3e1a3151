"""Checkpoints of training: everything from which a run continues bit for bit on a CPU.

A folder holds the latest checkpoint and the one before it, for where the latest is damaged.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor

from ebmflow.core.energy_model import Chains, ContrastiveModel
from ebmflow.errors import CheckpointError
from ebmflow.io.model_file import model_tensors, read_tensors, set_model_tensors, write_tensors
from ebmflow.training.update import TrainingState

log = logging.getLogger(__name__)
LATEST, PREVIOUS = "checkpoint.safetensors", "checkpoint-previous.safetensors"


def save_checkpoint(
    folder: Path,
    model: ContrastiveModel,
    state: TrainingState,
    spec_digest: str,
    history: list[dict[str, Any]],
) -> None:
    """Write parameters, optimiser state, chains, generator state and history atomically."""
    if (folder / LATEST).exists():
        os.replace(folder / LATEST, folder / PREVIOUS)
    tensors = {f"model/{name}": tensor for name, tensor in model_tensors(model).items()}
    tensors |= {f"optimiser/{name}": tensor for name, tensor in state.optimiser.items()}
    tensors |= _chain_tensors(state.estimator)
    tensors["generator"] = state.generator.get_state()
    facts = {"update": state.update, "spec_digest": spec_digest, "history": history}
    write_tensors(folder / LATEST, tensors, "checkpoint", facts)


def resume_from_checkpoint(
    folder: Path, model: ContrastiveModel, state: TrainingState, spec_digest: str
) -> list[dict[str, Any]] | None:
    """Set model and state to those of the latest sound checkpoint, in place.

    Returns
    -------
    list of dict or None
        The history; None if no checkpoint is there or none can be used, which the log says.
    """
    for path in (folder / LATEST, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            return load_checkpoint(path, model, state, spec_digest)
        except CheckpointError as error:
            log.warning("Not resuming from here: %s", error)
    return None


def forget_checkpoints(folder: Path) -> None:
    """Remove a folder of checkpoints with all that stands in it.

    Checkpoints go first: were they the last to go, the run after a kill in between would resume
    from them and miss the rest.
    """
    for name in (PREVIOUS, LATEST):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder)


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
