"""Every recipe of config/ on every dataset of config/ either resolves or is refused in one line."""

from __future__ import annotations

import pytest

from ebmflow.config.checks import check_pair
from ebmflow.config.definitions import Definitions
from ebmflow.errors import ConfigError


@pytest.fixture(scope="module")
def outcomes(root) -> dict[tuple[str, str], str]:
    """Message that refuses a recipe on a dataset, by both names; empty if it is accepted."""
    definitions = Definitions([root / "config"])
    found = {}
    for dataset in definitions.names("datasets"):
        data = definitions.dataset(dataset, "study.yaml", "datasets")[0]
        for name in definitions.names("models"):
            recipe, path = definitions.recipe(name, dataset, "study.yaml", "models")
            try:
                check_pair(recipe, path, data, dataset)
                found[name, dataset] = ""
            except ConfigError as error:
                found[name, dataset] = str(error)
    return found


def test_refusals_are_one_line_that_names_both_files(outcomes) -> None:
    refused = {pair: message for pair, message in outcomes.items() if message}
    assert refused
    for (recipe, dataset), message in refused.items():
        assert "\n" not in message
        assert f"{recipe}.yaml on dataset {dataset}" in message
        assert "expected" in message


def test_every_recipe_and_every_dataset_has_a_partner(outcomes) -> None:
    possible = [pair for pair, message in outcomes.items() if not message]
    recipes, datasets = (set(names) for names in zip(*possible, strict=True))
    assert recipes == {recipe for recipe, _ in outcomes}
    assert datasets == {dataset for _, dataset in outcomes}


@pytest.mark.parametrize(
    ("recipe", "dataset", "possible"),
    [
        ("chaotic_labelled", "gh30", True),  # letters become units at -1 and +1
        ("chaotic_labelled", "aisnp", True),
        ("chaotic_two_layer", "lattice", True),
        ("chaotic_two_layer", "mnist_grey", True),
        ("rapid_labelled", "aisnp", True),
        ("rbm_ff", "gh30", True),
        ("rapid_mnist", "gh30", False),  # spins cannot be letters
        ("chaotic_labelled", "bars_4x4", False),  # no labels
    ],
)
def test_pairs_of_note(outcomes, recipe, dataset, possible) -> None:
    assert (outcomes[recipe, dataset] == "") == possible, outcomes[recipe, dataset]
