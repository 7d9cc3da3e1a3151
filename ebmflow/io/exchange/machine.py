"""What model files of other programs hold, in plain arrays, and its way to and from our models."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.core.rbm import RBM
from ebmflow.data.alphabets import Alphabet
from ebmflow.errors import DataError
from ebmflow.io.model_file import build_model, set_model_tensors
from ebmflow.space import StateSpace

NAMED = ("protein", "dna", "rna")
# Chains of models whose files do not say how long they were trained.
DEFAULT_SWEEPS = 100


class Machine(NamedTuple):
    """A Bernoulli-hidden RBM.

    Attributes
    ----------
    field : ndarray, (L,) of binary sites, (L, q) of letters
    hidden : ndarray (M,)
    weight : ndarray, (L, M) or (L, q, M)
    letters : str
        Letter of state 0, 1, ...; ``01`` for binary sites.
    label_field, label_weight : ndarray (C,), (C, M), or None
    label_names : tuple of str
    update : int
    """

    field: np.ndarray
    hidden: np.ndarray
    weight: np.ndarray
    letters: str
    label_field: np.ndarray | None = None
    label_weight: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    update: int = 0


def letters_of(name: str | None, states: int, path: object) -> str:
    """Letters in the order of a file: those of a named alphabet, or the given ones.

    With no name, 21 states are those of proteins; other numbers must be said.
    """
    if name is None and states != 21:
        raise DataError(path, f"{states} states, and no letters", "the option --alphabet")
    name = name or "protein"
    letters = Alphabet.named(name).letters if name in NAMED else name
    if len(letters) != states or len(set(letters)) != states:
        raise DataError(path, f"{states} states", f"as many as the letters {letters!r}")
    return letters


def our_alphabet(letters: str) -> Alphabet:
    """Our alphabet with the same letters, in our order."""
    for name in (*NAMED, "binary"):
        alphabet = Alphabet.named(name)
        if set(alphabet.letters) == set(letters):
            return alphabet
    return Alphabet.named(letters)


def permuted(values: np.ndarray, axis: int, old: str, new: str) -> np.ndarray:
    """Values whose axis of states is brought from one order of letters to another."""
    if set(old) != set(new):
        raise DataError("alphabet", f"letters {new!r}", f"the letters {old!r} in any order")
    return np.take(values, [old.index(letter) for letter in new], axis=axis)


def to_model(machine: Machine, origin: str) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Model and metadata as :func:`ebmflow.io.model_file.save_model` takes them; gauge kept."""
    alphabet = our_alphabet(machine.letters)
    binary = alphabet.kind == "binary"
    field, weight = machine.field, machine.weight
    if not binary:
        field = permuted(field, 1, machine.letters, alphabet.letters)
        weight = permuted(weight, 1, machine.letters, alphabet.letters)
    labelled = machine.label_field is not None
    units = len(machine.hidden)
    options = {
        "kind": "rbm",
        "visible": "bernoulli" if binary else "potts",
        "hidden": {"kind": "bernoulli", "units": units},
        "labels": labelled,
        "gauge": "none",
    }
    classes = len(machine.label_field) if labelled else 0
    space = StateSpace(alphabet.kind, len(field), alphabet.states, classes)
    arrays = {
        "field.data": field.reshape(-1),
        "field.hidden": machine.hidden,
        "weight.data": weight.reshape(-1, units),
    }
    if labelled:
        arrays |= {"field.label": machine.label_field, "weight.label": machine.label_weight}
    names = machine.label_names or tuple(f"label_{place}" for place in range(classes))
    return stored_model(options, space, arrays, alphabet, names, machine.update, origin)


def stored_model(
    options: dict[str, Any],
    space: StateSpace,
    arrays: dict[str, np.ndarray],
    alphabet: Alphabet,
    label_names: tuple[str, ...],
    update: int,
    origin: str,
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Model with the given parameters, and its metadata."""
    model = build_model(options, space)
    tensors = {
        name: torch.from_numpy(np.array(values, dtype=np.float32))
        for name, values in arrays.items()
    }
    set_model_tensors(model, tensors, origin)
    metadata = {
        "model": options,
        "space": list(space),
        "alphabet": alphabet.metadata(),
        "label_names": list(label_names),
        "trained_sweeps": DEFAULT_SWEEPS,
        "update": update,
        "converted_from": origin,
    }
    return model, metadata


def from_model(
    model: ContrastiveModel, metadata: dict[str, Any], letters: str | None, target: str
) -> Machine:
    """Arrays of one of our RBMs, states in the order of `letters` (default: ours).

    Raises DataError for models that the target cannot hold.
    """
    kind = getattr(model.visible["data"], "kind", "")
    known = isinstance(model, RBM) and kind in ("bernoulli", "potts")
    if not known or model.hidden.kind != "bernoulli":
        raise DataError(
            "model", f"{target} cannot hold it", "an RBM of binary or Potts sites and binary units"
        )
    ours = metadata["alphabet"]["letters"]
    sites = model.visible["data"].sites
    field = model.visible["data"].field.numpy()
    weight = model.coupling.weights["data"].numpy()
    if kind == "potts":
        order = letters or ours
        field = permuted(field.reshape(sites, -1), 1, ours, order)
        weight = permuted(weight.reshape(sites, len(ours), -1), 1, ours, order)
        ours = order
    label = model.visible.get("label")
    return Machine(
        field,
        model.hidden.field.numpy(),
        weight,
        ours,
        None if label is None else label.field.numpy(),
        None if label is None else model.coupling.weights["label"].numpy(),
        tuple(metadata.get("label_names", ())),
        int(metadata.get("update", 0)),
    )
