"""Parameter files of adabmDCA 1.0.0 (text), read only.

Lines ``J i j a b value`` and ``h i a value``: sites from 0, letters a and b; couplings in one
triangle or in both, absent ones zero; ``#`` begins a comment.
E(x) = - sum_i h_i(x_i) - sum_(i<j) J_ij(x_i, x_j).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ebmflow.core.energy_model import ContrastiveModel
from ebmflow.errors import DataError
from ebmflow.io.exchange.machine import letters_of, our_alphabet, stored_model
from ebmflow.space import StateSpace

Coupling = tuple[int, int, str, str, float]


def read(
    path: Path, alphabet: str | None, update: int | None
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Read a parameter file as a pairwise model, with metadata; `update` is not stored there."""
    fields, couplings = _records(path)
    if not fields:
        raise DataError(path, "no line `h i a value`", "parameters of adabmDCA")
    states = len({letter for _, letter in fields})
    letters = our_alphabet(letters_of(alphabet, states, path)).letters
    unknown = {letter for _, letter in fields} - set(letters)
    if unknown:
        raise DataError(path, f"letters {sorted(unknown)}", f"the letters {letters!r}")
    sites = 1 + max(site for site, _ in fields)
    place = {letter: code for code, letter in enumerate(letters)}
    field = np.zeros((sites, states))
    for (site, letter), value in fields.items():
        field[site, place[letter]] = value
    coupling = np.zeros((sites, states, sites, states))
    for i, j, a, b, value in couplings:
        if max(i, j) >= sites or i == j or a not in place or b not in place:
            found = f"a coupling {i} {j} {a} {b}"
            raise DataError(path, found, "two sites and letters with fields")
        coupling[i, place[a], j, place[b]] = coupling[j, place[b], i, place[a]] = value
    chosen = our_alphabet(letters)
    arrays = {
        "field.data": field.reshape(-1),
        "coupling.data": coupling.reshape(sites * states, sites * states),
    }
    space = StateSpace(chosen.kind, sites, states, 0)
    return stored_model({"kind": "pairwise"}, space, arrays, chosen, (), 0, f"adabmDCA {path.name}")


def _records(path: Path) -> tuple[dict[tuple[int, str], float], list[Coupling]]:
    fields: dict[tuple[int, str], float] = {}
    couplings: list[Coupling] = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            kind, *parts = line.split() or ["#"]
            if kind.startswith("#"):
                continue
            try:
                if kind == "h" and len(parts) == 3:
                    fields[int(parts[0]), parts[1]] = float(parts[2])
                elif kind == "J" and len(parts) == 5:
                    i, j, a, b, value = parts
                    couplings.append((int(i), int(j), a, b, float(value)))
                else:
                    raise ValueError
            except ValueError:
                raise DataError(
                    f"{path}, line {number}",
                    repr(line.strip()),
                    "`J i j a b value` or `h i a value`",
                ) from None
    return fields, couplings
