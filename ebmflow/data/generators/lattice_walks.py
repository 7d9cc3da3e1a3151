"""Compact self-avoiding walks on the 3 x 3 x 3 cube: the structures of lattice proteins.

A structure is a directed walk through all 27 points of the cube. Structures that a rotation or a
reflection turns into one another are the same; a walk and its reversal are not, because a sequence
has a direction. That leaves 103,346 structures: 4,960,608 directed walks divided by the 48
symmetries of the cube, none of which maps a walk onto itself. Source: Shakhnovich, Gutin,
J. Chem. Phys. 93, 5967 (1990).

Structures are numbered from 0 in the order of :func:`enumerate_walks`; the order never changes.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations, product
from typing import NamedTuple

import numba
import numpy as np

SIDE = 3
SITES = SIDE**3
STRUCTURES = 103_346
CONTACTS = 28
# The lattice has two colours: residues in contact are an odd number of bonds apart, at least three.
PAIRS = np.array([(i, j) for i in range(SITES) for j in range(i + 3, SITES, 2)], dtype=np.uint8)
# Most contacts that one residue can have.
SLOTS = 4


def lattice_points() -> np.ndarray:
    """Return the coordinates of the points, int64, shape (27, 3)."""
    return np.array(list(product(range(SIDE), repeat=3)))


def cube_symmetries() -> np.ndarray:
    """Return the 48 rotations and reflections as permutations of points, uint8, shape (48, 27)."""
    points = lattice_points() - 1
    weights = np.array([9, 3, 1])
    images = [
        (points[:, axes] * signs + 1) @ weights
        for axes in permutations(range(3))
        for signs in product((1, -1), repeat=3)
    ]
    return np.array(images, dtype=np.uint8)


def neighbour_table() -> np.ndarray:
    """Return the neighbours of each point, ascending, int8, shape (27, 6), filled with -1."""
    points = lattice_points()
    distances = np.abs(points[:, None] - points[None]).sum(-1)
    table = np.full((SITES, 6), -1, dtype=np.int8)
    for point in range(SITES):
        near = np.flatnonzero(distances[point] == 1)
        table[point, : len(near)] = near
    return table


def enumerate_walks() -> np.ndarray:
    """Return one walk of each structure, as points visited, uint8, shape (103346, 27).

    Of the 48 images of a walk the one with the smallest sequence of points is kept, and they come
    in ascending order. The search never leaves such walks: a step is taken only if no symmetry
    that fixes all points so far maps the new point to a smaller one.
    """
    walks = np.empty((STRUCTURES, SITES), dtype=np.uint8)
    found = _search(walks, neighbour_table(), cube_symmetries())
    if found != STRUCTURES:
        raise AssertionError(f"{found} walks found, {STRUCTURES} exist")
    return walks


@numba.njit(cache=True)
def _search(walks, neighbours, symmetries):
    walk = np.zeros(SITES, np.int64)
    tried = np.zeros(SITES, np.int64)  # next neighbour to try from each step
    used = np.zeros(SITES, np.bool_)
    # Symmetries that fix the points up to a step, one bit each.
    fixing = np.zeros(SITES, np.uint64)
    found = 0
    for start in range(SITES):
        everything = np.uint64((1 << 48) - 1)
        fixed = _still_fixing(symmetries, everything, start)
        if fixed == 0:
            continue
        depth = 0
        walk[0], tried[0], fixing[0], used[start] = start, 0, fixed, True
        while depth >= 0:
            if depth == SITES - 1:
                for step in range(SITES):
                    walks[found, step] = walk[step]
                found += 1
            moved = False
            while depth < SITES - 1 and tried[depth] < 6:
                point = neighbours[walk[depth], tried[depth]]
                tried[depth] += 1
                if point < 0 or used[point]:
                    continue
                fixed = _still_fixing(symmetries, fixing[depth], point)
                if fixed == 0:
                    continue
                depth += 1
                walk[depth], tried[depth], fixing[depth], used[point] = point, 0, fixed, True
                moved = True
                break
            if not moved:
                used[walk[depth]] = False
                depth -= 1
    return found


@numba.njit(cache=True)
def _still_fixing(symmetries, fixing, point):
    """Symmetries among `fixing` that also fix `point`; none if one of them makes it smaller."""
    kept = np.uint64(0)
    for g in range(symmetries.shape[0]):
        bit = np.uint64(1) << np.uint64(g)
        if fixing & bit:
            image = symmetries[g, point]
            if image < point:
                return np.uint64(0)
            if image == point:
                kept |= bit
    return kept


def contacts_of_walks(walks: np.ndarray) -> np.ndarray:
    """Return the contacts of walks as indices into :data:`PAIRS`, uint8, shape (n, 28).

    A contact is a pair of residues on neighbouring points that are not neighbours in the chain.
    """
    points = lattice_points()
    adjacent = np.abs(points[:, None] - points[None]).sum(-1) == 1
    touching = np.empty((len(walks), len(PAIRS)), dtype=bool)
    for pair, (i, j) in enumerate(PAIRS):
        touching[:, pair] = adjacent[walks[:, i], walks[:, j]]
    return np.nonzero(touching)[1].reshape(len(walks), CONTACTS).astype(np.uint8)


@cache
def all_contacts() -> np.ndarray:
    """Return the contacts of all structures as ascending indices into :data:`PAIRS`.

    Returns
    -------
    ndarray of uint8, shape (103346, 28)
        Read-only; enumerated once per process, which takes less time than a cache on disk is worth.
    """
    contacts = contacts_of_walks(enumerate_walks())
    contacts.flags.writeable = False
    return contacts


class Partners(NamedTuple):
    """Which residues a residue touches, in each of some structures.

    Attributes
    ----------
    sets : list of 27 ndarray of uint8, shape (sets of residue i, 4)
        Distinct sets of residues that residue i touches, filled with 27.
    index : ndarray of uint16, shape (27, structures)
        Set of residue i in each structure.
    """

    sets: list[np.ndarray]
    index: np.ndarray


def partner_sets(contacts: np.ndarray) -> Partners:
    """Return the partners of every residue in structures with the given contacts, shape (n, 28)."""
    count = len(contacts)
    touched = np.zeros((SITES, count), dtype=np.int64)  # bit j: touches residue j
    for column in range(CONTACTS):
        first, second = PAIRS[contacts[:, column]].T.astype(np.int64)
        touched[first, np.arange(count)] |= 1 << second
        touched[second, np.arange(count)] |= 1 << first
    sets, index = [], np.empty((SITES, count), dtype=np.uint16)
    for site in range(SITES):
        masks, index[site] = np.unique(touched[site], return_inverse=True)
        members = np.full((len(masks), SLOTS), SITES, dtype=np.uint8)
        for row, mask in enumerate(masks.tolist()):
            residues = [residue for residue in range(SITES) if mask >> residue & 1]
            members[row, : len(residues)] = residues
        sets.append(members)
    return Partners(sets, index)


def contact_matrices(contacts: np.ndarray) -> np.ndarray:
    """Return matrices, symmetric, 0 or 1, float64 (n, 27, 27), of contacts (n, 28)."""
    matrices = np.zeros((len(contacts), SITES, SITES))
    rows = np.arange(len(contacts))[:, None]
    first, second = PAIRS[contacts].transpose(2, 0, 1)
    matrices[rows, first, second] = matrices[rows, second, first] = 1
    return matrices


def contact_eigenvalues() -> np.ndarray:
    """Return the largest eigenvalue of each structure's contact matrix, float64, shape (103346,).

    It grows with the number of sequences that fold into the structure.
    Source: England, Shakhnovich, Phys. Rev. Lett. 90, 218101 (2003).
    """
    blocks = np.array_split(all_contacts(), 64)  # 12 MB of matrices at a time
    largest = [np.linalg.eigvalsh(contact_matrices(contacts))[:, -1] for contacts in blocks]
    # Rounded, so that degenerate values do not depend on the linear algebra library.
    return np.concatenate(largest).round(9)


def choose_structures(count: int, *, share: float = 0.01) -> list[int]:
    """Choose structures that are easy to design and as different as possible.

    Out of the `share` of structures with the largest eigenvalues (:func:`contact_eigenvalues`),
    take the one with the largest; then, repeatedly, the one whose greatest number of contacts
    shared with a structure taken already is smallest. Ties go to the larger eigenvalue, then to
    the lower number.
    """
    eigenvalues = contact_eigenvalues()
    candidates = np.argsort(-eigenvalues, kind="stable")[: round(share * STRUCTURES)]
    present = np.zeros((len(candidates), len(PAIRS)), dtype=np.int64)
    np.put_along_axis(present, all_contacts()[candidates].astype(np.int64), 1, axis=1)
    chosen = [0]
    shared = present @ present[0]
    while len(chosen) < count:
        chosen.append(int(shared.argmin()))
        shared = np.maximum(shared, present @ present[chosen[-1]])
    return candidates[chosen].tolist()
