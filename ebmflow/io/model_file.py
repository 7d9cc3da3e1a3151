"""Models as safetensors files: tensors by name; JSON metadata hold all that rebuilds the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.errors import CheckpointError, StorageError
from ebmflow.io.atomic import atomic_path
from ebmflow.io.seal import REMAKE, UNSEALED, check_kind, check_seal, seal
from ebmflow.provenance import current_record
from ebmflow.registry import component
from ebmflow.space import StateSpace

FORMAT_VERSION = 1
CHAINS = "chains."  # start of the names of stored chains


def write_tensors(
    path: str | Path, tensors: dict[str, Tensor], kind: str, metadata: dict[str, Any]
) -> None:
    """Write tensors and JSON-serialisable metadata atomically; a job adds its provenance."""
    stored = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    facts = {**metadata, **current_record()}
    facts |= {"kind": kind, "format_version": FORMAT_VERSION}
    # One key: the format gives several no order, and equal models are to be equal files.
    written = {"ebmflow": json.dumps({**facts, "seal": UNSEALED}, sort_keys=True)}
    with atomic_path(path) as temporary:
        try:
            save_file(stored, temporary, metadata=written)
        except SafetensorError as error:
            raise StorageError(path, str(error)) from error
        seal(temporary)


def read_tensors(path: str | Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what :func:`write_tensors` wrote, or raise CheckpointError."""
    check_seal(path, kind)
    try:
        with safe_open(path, framework="pt") as stored:
            facts = json.loads((stored.metadata() or {}).get("ebmflow", "{}"))
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise CheckpointError(
            path,
            f"cannot be read as safetensors ({error})",
            f"a {kind} file",
            REMAKE,
        ) from error
    action = "train again, or convert the file with the version that wrote it"
    check_kind(path, facts, kind, FORMAT_VERSION, action)
    return tensors, facts


def model_tensors(model: ContrastiveModel) -> dict[str, Tensor]:
    """Trained parameters and fixed buffers of a model, by name."""
    return {**model.named_parameters(), **model.named_buffers()}


def set_model_tensors(model: ContrastiveModel, tensors: dict[str, Tensor], path: object) -> None:
    """Copy stored tensors into a model, in place; CheckpointError if names or shapes differ."""
    own = model_tensors(model)
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    expected = {name: tuple(t.shape) for name, t in own.items()}
    if found != expected:
        differing = sorted(set(found.items()) ^ set(expected.items()))
        raise CheckpointError(
            path, f"tensors differ from the recipe's: {differing}", "names and shapes of the recipe"
        )
    for name, tensor in own.items():
        tensor.copy_(tensors[name])


def age_path(folder: str | Path, update: int) -> Path:
    """File of the model of one age (number of updates) in a folder of ages."""
    return Path(folder) / f"age-{update}.safetensors"


def save_model(
    path: str | Path,
    model: ContrastiveModel,
    metadata: dict[str, Any],
    chains: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a model.

    Parameters
    ----------
    metadata : dict
        At least ``model`` (options of the family, with its kind) and ``space`` (StateSpace as a
        list); the pipeline adds alphabet, label_names, update, trained_sweeps, recipe, provenance.
    chains : mapping of Tensor, optional
        Group -> codes of the persistent chains at this age, kept beside the model.
    """
    kept = {f"{CHAINS}{group}": codes for group, codes in (chains or {}).items()}
    write_tensors(path, {**model_tensors(model), **kept}, "model", metadata)


def load_chains(path: str | Path) -> dict[str, Tensor]:
    """Group -> codes of the persistent chains stored with a model; empty if there are none."""
    tensors, _ = read_tensors(path, "model")
    return {
        name.removeprefix(CHAINS): codes
        for name, codes in tensors.items()
        if name.startswith(CHAINS)
    }


def load_model(
    path: str | Path, device: torch.device | str = "cpu"
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Read a model and its metadata."""
    tensors, metadata = read_tensors(path, "model")
    model = build_model(metadata["model"], StateSpace(*metadata["space"]))
    own = {name: t for name, t in tensors.items() if not name.startswith(CHAINS)}
    set_model_tensors(model, own, path)
    return model.to(device), metadata


def build_model(options: dict[str, Any], space: StateSpace) -> ContrastiveModel:
    """Model of a family with placeholder parameters."""
    fields = {key: value for key, value in options.items() if key != "kind"}
    family = component("model", options["kind"]).model_validate(fields)
    return family.build(space, None, torch.Generator().manual_seed(0))
