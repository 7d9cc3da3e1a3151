"""Lattice proteins: folding probabilities, exactly, and sequences that fold into a given structure.

Energy of sequence a in structure s:  E(a|s) = sum over the 28 contacts (i, j) of s of e(a_i, a_j).
Folding probability:  P_nat(s|a) = exp(-E(a|s)) / sum over all 103,346 s' of exp(-E(a|s')).
Sources: Shakhnovich, Gutin, J. Chem. Phys. 93, 5967 (1990); Jacquin, Gilson, Shakhnovich, Cocco,
Monasson, PLoS Comput. Biol. 12, e1004889 (2016). Energies e: Miyazawa, Jernigan, J. Mol. Biol. 256,
623 (1996), Table 3, in units of RT, with two decimals.

Energies are kept as integers in hundredths of RT: sums are exact, whatever their order, and
energies that are changed mutation by mutation do not drift. Boltzmann factors come from a table
(float64).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from typing import NamedTuple

import numba
import numpy as np
import pandas as pd

from ebmflow.data.embedded import embedded_file
from ebmflow.data.generators.lattice_walks import (
    CONTACTS,
    PAIRS,
    SITES,
    Partners,
    all_contacts,
    partner_sets,
)
from ebmflow.errors import ShapeError

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
SCALE = 100  # integer energy units per RT
BLOCK = 1024  # structures between two looks at the partial sum


class Folding(NamedTuple):
    """Folding probabilities of sequences.

    Attributes
    ----------
    probability : ndarray of float64, shape (B,)
        P_nat of the structure asked for.
    best_structure : ndarray of int64, shape (B,)
        Structure of the lowest energy; the lowest number if there are several.
    best_probability : ndarray of float64, shape (B,)
        P_nat of that structure.
    """

    probability: np.ndarray
    best_structure: np.ndarray
    best_probability: np.ndarray


@cache
def contact_energies() -> np.ndarray:
    """Return e(a, b) in hundredths of RT, int32, shape (20, 20), in the order of `RESIDUES`."""
    table = pd.read_csv(
        embedded_file("miyazawa_jernigan_1996.tsv"), sep="\t", comment="#", index_col=0
    )
    values = table.loc[list(RESIDUES), list(RESIDUES)].to_numpy()
    return np.rint(values * SCALE).astype(np.int32)


@cache
def boltzmann_table() -> np.ndarray:
    """Return exp(-d / 100) for energy differences d from -limit to limit, float64.

    The limit is the largest difference that two structures can have, so that every index is valid.
    """
    energies = contact_energies()
    limit = CONTACTS * int(energies.max() - energies.min())
    return np.exp(-np.arange(-limit, limit + 1) / SCALE)


def encode_residues(sequences: list[str]) -> np.ndarray:
    """Return the codes of sequences of 27 residues, int64, shape (n, 27)."""
    for sequence in sequences:
        if len(sequence) != SITES or not set(sequence) <= set(RESIDUES):
            raise ShapeError(
                "lattice protein", repr(sequence), f"{SITES} residues out of {RESIDUES}"
            )
    table = np.zeros(128, np.int64)
    table[np.frombuffer(RESIDUES.encode(), np.uint8)] = np.arange(len(RESIDUES))
    letters = np.frombuffer("".join(sequences).encode(), np.uint8)
    return table[letters].reshape(len(sequences), SITES)


def decode_residues(codes: np.ndarray) -> list[str]:
    """Return codes, shape (n, 27), as strings."""
    letters = np.frombuffer(RESIDUES.encode(), np.uint8)[codes]
    return [row.tobytes().decode() for row in letters]


def structure_energies(sequence: np.ndarray) -> np.ndarray:
    """Return E(a|s) of one sequence in all structures, hundredths of RT, int32, shape (103346,)."""
    pairs = contact_energies()[sequence[PAIRS[:, 0]], sequence[PAIRS[:, 1]]]
    energies = np.empty(len(all_contacts()), dtype=np.int32)
    _sum_energies(pairs, all_contacts(), energies)
    return energies


def folding_probabilities(
    sequences: np.ndarray, structures: np.ndarray, *, threads: int = 1
) -> Folding:
    """Compute P_nat of each sequence in its structure, exactly, over all structures.

    P_nat(s|a) = 1 / sum over s' of exp(E(a|s) - E(a|s')).   Source: Jacquin 2016, eq. 2.

    Parameters
    ----------
    sequences : ndarray of int, shape (B, 27)
        Residues as indices into `RESIDUES`.
    structures : ndarray of int, shape (B,)
        Structure that each sequence should fold into.
    threads : int
        Sequences are independent, and the compiled sum releases the interpreter.
    """
    all_contacts(), contact_energies(), boltzmann_table()  # once, not once per thread
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(_fold_one, sequences, structures))
    columns = zip(*results, strict=True) if results else ([], [], [])
    types = (np.float64, np.int64, np.float64)
    return Folding(*(np.array(c, dtype=t) for c, t in zip(columns, types, strict=True)))


def _fold_one(sequence: np.ndarray, structure: int) -> tuple[float, int, float]:
    energies = structure_energies(sequence)
    best = int(energies.argmin())
    total = _partition_sum(energies, 0, len(energies), energies[best], boltzmann_table())
    relative = np.exp(-(int(energies[structure]) - int(energies[best])) / SCALE)
    return relative / total, best, 1 / total


@numba.njit(nogil=True, cache=True)
def _sum_energies(pairs, contacts, energies):
    for s in range(contacts.shape[0]):
        total = np.int32(0)
        for c in range(contacts.shape[1]):
            total += pairs[contacts[s, c]]
        energies[s] = total


@numba.njit(nogil=True, cache=True)
def _partition_sum(energies, first, last, reference, boltzmann):
    """Sum over structures first to last - 1 of exp(-(E - reference)).

    Four sums at a time, because each would wait for its own last addition. The order is fixed: the
    result is the same on every machine.
    """
    zero = boltzmann.shape[0] // 2 - reference
    a = b = c = d = 0.0
    fours = first + (last - first) // 4 * 4
    for s in range(first, fours, 4):
        a += boltzmann[zero + energies[s]]
        b += boltzmann[zero + energies[s + 1]]
        c += boltzmann[zero + energies[s + 2]]
        d += boltzmann[zero + energies[s + 3]]
    for s in range(fours, last):
        a += boltzmann[zero + energies[s]]
    return (a + b) + (c + d)


class Proposals(NamedTuple):
    """Everything random in a chain, drawn beforehand.

    Attributes
    ----------
    start : ndarray of int64, shape (27,)
    sites, residues : ndarray of int64, shape (steps,)
        Point mutations; a residue may be proposed at a site that has it already.
    thresholds : ndarray of float64, shape (steps,)
        ln u, with u uniform in (0, 1].
    """

    start: np.ndarray
    sites: np.ndarray
    residues: np.ndarray
    thresholds: np.ndarray


def draw_proposals(steps: int, generator: np.random.Generator) -> Proposals:
    """Draw a random sequence and the mutations that a chain will try."""
    return Proposals(
        start=generator.integers(len(RESIDUES), size=SITES),
        sites=generator.integers(SITES, size=steps),
        residues=generator.integers(len(RESIDUES), size=steps),
        thresholds=-generator.standard_exponential(steps),
    )


def sample_sequence(
    structure: int, proposals: Proposals, *, beta: float
) -> tuple[np.ndarray, float]:
    """Return the last sequence of a Metropolis chain on exp(beta ln P_nat(s|a)) and its P_nat.

    A mutation a -> a' is accepted if ln P_nat(s|a') - ln P_nat(s|a) >= ln(u) / beta.
    Source: Jacquin 2016, Methods. The selection strength rises linearly to `beta` over the first
    half of the chain: chains that start at 1000 often stay in a poor family for good.

    Parameters
    ----------
    structure : int
        Target structure s.
    proposals : Proposals
        Start and mutations.
    beta : float
        Selection strength; the paper uses 1000.
    """
    return sample_sequences(structure, [proposals], beta=beta)[0]


def sample_sequences(
    structure: int, chains: list[Proposals], *, beta: float, threads: int = 1
) -> list[tuple[np.ndarray, float]]:
    """Run independent chains, see :func:`sample_sequence`."""
    run = partial(_run_chain, _competitors(structure), beta)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, chains))


@lru_cache(maxsize=4)
def _competitors(structure: int) -> tuple[np.ndarray, Partners]:
    """Contacts and partners of all structures, those most like the target first.

    They are the likeliest to spoil a mutation, so that a hopeless one is found out early.
    """
    contacts = all_contacts()
    native = np.zeros(len(PAIRS), dtype=bool)
    native[contacts[structure]] = True
    # The target itself shares all its contacts, and no other structure does: it comes first.
    contacts = contacts[np.argsort(-native[contacts].sum(1), kind="stable")]
    return contacts, partner_sets(contacts)


def _run_chain(
    competitors: tuple[np.ndarray, Partners], beta: float, proposals: Proposals
) -> tuple[np.ndarray, float]:
    contacts, partners = competitors
    sequence = proposals.start.copy()
    pairs = contact_energies()[sequence[PAIRS[:, 0]], sequence[PAIRS[:, 1]]]
    energies = np.empty(len(contacts), dtype=np.int32)
    _sum_energies(pairs, contacts, energies)
    steps = len(proposals.sites)
    strength = beta * np.minimum(1, 2 * np.arange(1, steps + 1) / steps)
    total = _metropolis(
        sequence,
        energies,
        tuple(partners.sets),
        partners.index,
        contact_energies(),
        boltzmann_table(),
        proposals.sites,
        proposals.residues,
        proposals.thresholds / strength,
    )
    return sequence, 1 / total


@numba.njit(nogil=True, cache=True)
def _metropolis(sequence, energies, sets, index, contact, boltzmann, sites, residues, thresholds):
    """Advance one chain in place; the target is structure 0. Return 1 / P_nat of the last sequence.

    With Z the sum over structures of exp(-(E - E_target)) = 1 / P_nat, a mutation is accepted if
    Z' <= Z exp(-threshold). All terms are positive: the sum stops as soon as it exceeds the bound.
    """
    structures = energies.shape[0]
    total = _partition_sum(energies, 0, structures, energies[0], boltzmann)
    proposed = np.empty_like(energies)
    for step in range(sites.shape[0]):
        site, new = sites[step], residues[step]
        if new == sequence[site]:
            continue
        changes = _energy_changes(sequence, site, new, sets[site], contact)
        target = energies[0] + changes[index[site, 0]]
        bound = total * np.exp(-thresholds[step])
        partial = 0.0
        for first in range(0, structures, BLOCK):
            last = min(first + BLOCK, structures)
            for s in range(first, last):
                proposed[s] = energies[s] + changes[index[site, s]]
            partial += _partition_sum(proposed, first, last, target, boltzmann)
            if partial > bound:
                break
        if partial <= bound:
            sequence[site] = new
            total = partial
            energies, proposed = proposed, energies
    return total


@numba.njit(nogil=True, cache=True)
def _energy_changes(sequence, site, new, sets, contact):
    """Change of energy that a mutation makes, for each set of partners of the residue."""
    old = sequence[site]
    changes = np.zeros(sets.shape[0], np.int32)
    for k in range(sets.shape[0]):
        for slot in range(sets.shape[1]):
            other = sets[k, slot]
            if other == SITES:
                break
            changes[k] += contact[new, sequence[other]] - contact[old, sequence[other]]
    return changes
