"""Folding probabilities against naive sums; the sampler against the distribution it should have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.embedded import embedded_file
from ebmflow.data.generators import lattice_protein as lattice
from ebmflow.data.generators.lattice_walks import PAIRS, all_contacts, contact_matrices
from ebmflow.data.sources.embedded import Embedded
from ebmflow.data.sources.lattice import LatticeProteins
from ebmflow.errors import ShapeError


def naive_energies(sequence: str) -> np.ndarray:
    """Energies in RT of a sequence in all structures, from the table as published."""
    table = pd.read_csv(
        embedded_file("miyazawa_jernigan_1996.tsv"), sep="\t", comment="#", index_col=0
    )
    pairs = np.array([table.loc[sequence[i], sequence[j]] for i, j in PAIRS])
    return pairs[all_contacts()].sum(1)


@pytest.fixture
def sequences():
    return np.random.default_rng(3).integers(20, size=(6, 27))


def test_energy_table_is_the_published_one(shared_data):
    mine = pd.read_csv(
        embedded_file("miyazawa_jernigan_1996.tsv"), sep="\t", comment="#", index_col=0
    )
    theirs = pd.read_csv(shared_data / "lattice/miyazawa_jernigan_1996.tsv", sep="\t", index_col=0)
    pd.testing.assert_frame_equal(mine, theirs)


def test_energies_are_symmetric_hundredths():
    energies = lattice.contact_energies()
    assert (energies == energies.T).all()
    letters = lattice.RESIDUES
    assert energies[letters.index("L"), letters.index("L")] == -737
    assert energies[letters.index("K"), letters.index("K")] == -12


def test_probability_equals_the_naive_sum(sequences):
    structures = np.array([0, 67_628, 5, 103_345, 77, 1000])
    found = lattice.folding_probabilities(sequences, structures)
    for row, letters in enumerate(lattice.decode_residues(sequences)):
        factors = np.exp(-naive_energies(letters))
        expected = factors / factors.sum()
        assert found.probability[row] == pytest.approx(expected[structures[row]], rel=1e-10)
        assert found.best_structure[row] == expected.argmax()
        assert found.best_probability[row] == pytest.approx(expected.max(), rel=1e-10)


def test_energy_is_the_sum_over_the_contact_matrix(sequences):
    energies = lattice.structure_energies(sequences[0])
    table = lattice.contact_energies()[np.ix_(sequences[0], sequences[0])]
    structures = [0, 500, 67_628]
    matrices = contact_matrices(all_contacts()[structures])
    assert (2 * energies[structures] == (table * matrices).sum((1, 2))).all()


def test_threads_do_not_change_results(sequences):
    structures = np.arange(6)
    one = lattice.folding_probabilities(sequences, structures)
    two = lattice.folding_probabilities(sequences, structures, threads=2)
    for a, b in zip(one, two, strict=True):
        assert (a == b).all()


def test_no_sequences_give_no_probabilities():
    found = lattice.folding_probabilities(np.empty((0, 27), int), np.empty(0, int))
    assert len(found.probability) == len(found.best_structure) == 0


def test_letters_and_codes_are_inverse(sequences):
    letters = lattice.decode_residues(sequences)
    assert (lattice.encode_residues(letters) == sequences).all()


@pytest.mark.parametrize("bad", ["A" * 26, "A" * 26 + "B", "A" * 26 + "-", "a" * 27])
def test_sequences_of_other_letters_or_length_are_refused(bad):
    with pytest.raises(ShapeError, match="27 residues out of ACDEFGHIKLMNPQRSTVWY"):
        lattice.encode_residues([bad])


def naive_chain(structure: int, proposals: lattice.Proposals, beta: float) -> tuple[str, float]:
    """Metropolis with ln P_nat from scratch at every step."""
    sequence = proposals.start.copy()
    steps = len(proposals.sites)

    def log_probability(one):
        energies = naive_energies(lattice.decode_residues(one[None])[0])
        return -np.log(np.exp(energies[structure] - energies).sum())

    current = log_probability(sequence)
    for step in range(steps):
        mutated = sequence.copy()
        mutated[proposals.sites[step]] = proposals.residues[step]
        strength = beta * min(1, 2 * (step + 1) / steps)
        new = log_probability(mutated)
        if new - current >= proposals.thresholds[step] / strength:
            sequence, current = mutated, new
    return sequence, np.exp(current)


def test_chain_equals_the_naive_one():
    proposals = lattice.draw_proposals(150, np.random.default_rng(8))
    sequence, p_nat = lattice.sample_sequence(67_628, proposals, beta=50.0)
    expected, probability = naive_chain(67_628, proposals, 50.0)
    assert (sequence == expected).all()
    assert (sequence != proposals.start).sum() > 5  # the chain moved
    assert p_nat == pytest.approx(probability, rel=1e-9)


def test_a_thousand_mutations_make_a_sequence_that_folds():
    chains = [lattice.draw_proposals(1000, np.random.default_rng(k)) for k in range(4)]
    ends = lattice.sample_sequences(69_588, chains, beta=1000.0, threads=2)
    codes = np.array([sequence for sequence, _ in ends])
    found = lattice.folding_probabilities(codes, np.full(4, 69_588))
    assert np.allclose(found.probability, [p for _, p in ends], rtol=1e-9)
    assert found.probability.min() > 0.9
    assert (found.best_structure == 69_588).all()


# The source and the file that ships.

FOLDS = (67_628, 97_544, 69_588)


@pytest.fixture(scope="module")
def shipped():
    source = Embedded(file="lattice.parquet")
    files = {role: [remote.path for remote in wanted] for role, wanted in source.roles().items()}
    return source.read(files, generator=None, dataset_dir=None)


def test_shipped_rows_are_regenerated_exactly(shipped):
    # Row n of a fold does not depend on how many rows there are.
    again = LatticeProteins(folds=FOLDS, rows=2).read({}, generator=None, dataset_dir=None)
    stored = {name: k for k, name in enumerate(shipped.names)}
    for k, name in enumerate(again.names):
        row = stored[name]
        assert again.rows[k] == shipped.rows[row]
        assert again.annotations["fold"][k] == shipped.annotations["fold"][row]
        assert again.annotations["p_nat"][k] == shipped.annotations["p_nat"][row]


def test_shipped_family_folds_and_is_diverse(shipped):
    assert len(shipped) == 3600
    assert shipped.annotations["fold"].value_counts().to_dict() == {
        f"fold_{fold}": 1200 for fold in FOLDS
    }
    some = slice(0, None, 9)
    codes = lattice.encode_residues(list(shipped.rows))
    folds = shipped.annotations["fold"].str.removeprefix("fold_").astype(int).to_numpy()
    found = lattice.folding_probabilities(codes[some], folds[some])
    stated = shipped.annotations["p_nat"].astype(float).to_numpy()[some]
    assert np.allclose(found.probability, stated, atol=1e-6)
    assert found.probability.mean() > 0.985
    assert (found.best_structure == folds[some]).all()
    for fold in FOLDS:
        family = codes[folds == fold]
        identity = np.mean([(family[0] == other).mean() for other in family[1:]])
        assert 0.05 < identity < 0.35
    assert len(np.unique(codes, axis=0)) == len(codes)


@pytest.mark.parametrize("folds", [(103_346,), (-1,), (3, 3)])
def test_impossible_folds_are_refused(folds):
    with pytest.raises(ValueError, match=r"there is no structure|listed twice"):
        LatticeProteins(folds=folds, rows=1)
