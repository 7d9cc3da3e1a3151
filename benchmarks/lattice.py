"""Time of exact folding probabilities of lattice proteins, and of designing sequences.

    python -m benchmarks.lattice [--sequences 64] [--rounds 5]

Methods take turns on the same random sequences; the table has medians of processor time on one
core and the ratio to ours. All probabilities are compared. Baselines: NumPy gathers and
exponentials; one matrix product of contacts and pair energies in float32, which is exact here.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np

from benchmarks.reading import medians, processor_seconds
from ebmflow.data.generators import lattice_protein as lattice
from ebmflow.data.generators.lattice_walks import PAIRS, STRUCTURES, all_contacts, enumerate_walks


def pair_energies(sequences: np.ndarray) -> np.ndarray:
    """Energies in hundredths of RT of all possible contacts, shape (B, 156)."""
    return lattice.contact_energies()[sequences[:, PAIRS[:, 0]], sequences[:, PAIRS[:, 1]]]


def from_energies(energies: np.ndarray, structures: np.ndarray) -> np.ndarray:
    """P_nat from energies, shape (B, structures), in hundredths of RT."""
    rows = np.arange(len(energies))
    factors = np.exp((energies.min(1, keepdims=True) - energies) / 100)
    return factors[rows, structures] / factors.sum(1)


def ours(sequences: np.ndarray, structures: np.ndarray) -> np.ndarray:
    """The package."""
    return lattice.folding_probabilities(sequences, structures).probability


def gathers(sequences: np.ndarray, structures: np.ndarray) -> np.ndarray:
    """NumPy, a sequence at a time."""
    found = [
        from_energies(pairs[all_contacts()].sum(1)[None].astype(float), structures[[row]])
        for row, pairs in enumerate(pair_energies(sequences))
    ]
    return np.concatenate(found)


def product(contacts: np.ndarray, sequences: np.ndarray, structures: np.ndarray) -> np.ndarray:
    """One float32 matrix product, then NumPy."""
    energies = (contacts @ pair_energies(sequences).T.astype(np.float32)).T
    return from_energies(energies.astype(float), structures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    sequences = generator.integers(20, size=(options.sequences, 27))
    structures = generator.integers(STRUCTURES, size=options.sequences)
    contacts = np.zeros((STRUCTURES, len(PAIRS)), dtype=np.float32)
    np.put_along_axis(contacts, all_contacts().astype(np.int64), 1, axis=1)
    methods = {
        "compiled (ours)": partial(ours, sequences, structures),
        "NumPy gathers": partial(gathers, sequences, structures),
        "matrix product": partial(product, contacts, sequences, structures),
    }
    expected = methods["NumPy gathers"]()
    for name, method in methods.items():
        if not np.allclose(method(), expected, rtol=1e-9):
            raise SystemExit(f"{name}: other probabilities")
    times = medians(methods, options.rounds)
    print("method\tms per sequence\tratio")
    for name, seconds in times.items():
        each = 1000 * seconds / options.sequences
        print(f"{name}\t{each:.2f}\t{seconds / times['compiled (ours)']:.1f}")
    print(f"enumerate structures\t{1000 * processor_seconds(enumerate_walks):.0f} ms")
    chain = lattice.draw_proposals(5000, generator)
    design = partial(lattice.sample_sequence, 67_628, chain, beta=1000.0)
    design()
    print(f"a mutation tried\t{processor_seconds(design) / 5000 * 1e6:.1f} us")


if __name__ == "__main__":
    main()
