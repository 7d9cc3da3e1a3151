"""Compact walks on the 3 x 3 x 3 cube, against counting, geometry and independent formulas."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.generators import lattice_walks as walks


@pytest.fixture(scope="module")
def all_walks():
    return walks.enumerate_walks()


def test_number_of_structures(all_walks):
    assert all_walks.shape == (103_346, 27)


def test_every_walk_visits_all_points_by_single_steps(all_walks):
    assert (np.sort(all_walks, axis=1) == np.arange(27)).all()
    points = walks.lattice_points()[all_walks]
    assert (np.abs(np.diff(points, axis=1)).sum(-1) == 1).all()


def test_symmetries_are_the_48_isometries_of_the_cube():
    symmetries = walks.cube_symmetries()
    assert len({tuple(one) for one in symmetries.tolist()}) == 48
    points = walks.lattice_points()
    distances = ((points[:, None] - points[None]) ** 2).sum(-1)
    for one in symmetries:
        assert (distances[one][:, one] == distances).all()


def test_no_two_walks_are_images_of_each_other(all_walks):
    images = walks.cube_symmetries()[:, all_walks]  # (48, n, 27)
    smallest = images[0].copy()
    for image in images[1:]:
        differs = image != smallest
        first = differs.argmax(1)
        rows = np.arange(len(smallest))
        lower = differs.any(1) & (image[rows, first] < smallest[rows, first])
        smallest[lower] = image[lower]
    # Each walk is the smallest of its 48 images, and no walk occurs twice: one per structure.
    assert (smallest == all_walks).all()
    assert len(np.unique(all_walks, axis=0)) == len(all_walks)


def test_walks_found_at_random_are_among_them(all_walks):
    # Built by another method, without symmetry: a random search with backtracking.
    generator = np.random.default_rng(1)
    neighbours = [row[row >= 0] for row in walks.neighbour_table()]
    corners_and_faces = [p for p in range(27) if p % 2 == 0]  # walks start on the larger sublattice
    known = {walk.tobytes() for walk in all_walks}
    for _ in range(20):
        walk = [int(generator.choice(corners_and_faces))]
        assert complete(walk, neighbours, generator)
        images = walks.cube_symmetries()[:, walk]
        assert bytes(min(images.tolist())) in known


def complete(walk, neighbours, generator):
    """Extend a walk to all 27 points, in place; False if it cannot be done."""
    if len(walk) == 27:
        return True
    for point in generator.permutation(neighbours[walk[-1]]):
        if point not in walk:
            walk.append(int(point))
            if complete(walk, neighbours, generator):
                return True
            walk.pop()
    return False


def test_contacts_are_28_per_structure_and_all_maps_differ():
    contacts = walks.all_contacts()
    assert contacts.shape == (103_346, 28)
    assert (np.diff(contacts.astype(int), axis=1) > 0).all()
    assert len(np.unique(contacts, axis=0)) == 103_346


def test_contact_matrices_agree_with_distances_in_space(all_walks):
    structures = [0, 67_628, 103_345]
    matrices = walks.contact_matrices(walks.all_contacts()[structures])
    for structure, matrix in zip(structures, matrices, strict=True):
        points = walks.lattice_points()[all_walks[structure]]
        near = np.abs(points[:, None] - points[None]).sum(-1) == 1
        bonded = np.abs(np.subtract.outer(np.arange(27), np.arange(27))) == 1
        assert (matrix == (near & ~bonded)).all()


def test_partner_sets_list_the_contacts():
    structures = [5, 67_628, 103_345]
    contacts = walks.all_contacts()[structures]
    partners = walks.partner_sets(contacts)
    for column, matrix in enumerate(walks.contact_matrices(contacts)):
        for site in range(27):
            listed = partners.sets[site][partners.index[site, column]]
            assert sorted(listed[listed < 27]) == np.flatnonzero(matrix[site]).tolist()


@pytest.mark.slow
def test_chosen_structures_follow_the_rule():
    chosen = walks.choose_structures(3)
    eigenvalues = walks.contact_eigenvalues()
    assert chosen[0] == eigenvalues.argmax()
    threshold = np.sort(eigenvalues)[-1033]
    assert (eigenvalues[chosen] >= threshold).all()
    contacts = [set(walks.all_contacts()[one].tolist()) for one in chosen]
    shared = [len(a & b) for k, a in enumerate(contacts) for b in contacts[:k]]
    assert max(shared) <= 4
    assert chosen == [67628, 97544, 69588]
    (matrix,) = walks.contact_matrices(walks.all_contacts()[chosen[:1]])
    assert eigenvalues[chosen[0]] == pytest.approx(np.linalg.eigvalsh(matrix)[-1], abs=1e-8)
