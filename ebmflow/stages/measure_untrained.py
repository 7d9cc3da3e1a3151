"""Stage `measure_untrained`: the ground states of machines that have learnt nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from ebmflow.errors import ConfigError, NotEnumerable
from ebmflow.evaluation.untrained import (
    ENSEMBLES,
    Reached,
    UntrainedOptions,
    glorot_deviation,
    reached,
)
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import write_table
from ebmflow.randomness import random_stream
from ebmflow.space import StateSpace
from ebmflow.training.recipe import Recipe

log = logging.getLogger(__name__)
LIMIT = 1 << 20


def measure_untrained(*, dataset: Path, untrained: Path, spec: dict[str, Any]) -> None:
    """Measure the Gibbs accessibility of random machines of a recipe's sizes.

    Parameters
    ----------
    dataset : Path
        Table of kind ``dataset``: the number and kind of its sites make the visible units.
    untrained : Path
        Written, kind ``untrained``: ensemble, draw, visible (units), deviation (of the weights),
        accessibility; metadata: visible (of the dataset), hidden (units), glorot (standard
        deviation of Glorot's weights), sizes_deviation.
    spec : dict
        ``recipe``: a :class:`~ebmflow.training.recipe.Recipe` of a machine without labels and
        fields; ``options``: :class:`~ebmflow.evaluation.untrained.UntrainedOptions`.

    Raises
    ------
    ConfigError
        If the machine has fields or labels.
    NotEnumerable
        If there are too many visible configurations.
    """
    recipe = Recipe.model_validate(spec["recipe"])
    options = UntrainedOptions.model_validate(spec["options"])
    space = read_dataset(dataset).space
    found = []
    for draw in range(options.draws):
        for ensemble in ENSEMBLES:
            generator = random_stream(draw, "untrained", ensemble)
            machine = recipe.model.build(space, None, generator)
            _check(machine)
            with torch.inference_mode():
                found += reached(machine, ensemble, draw, options, generator)
            found += _of_other_sizes(recipe, space, ensemble, draw, options)
        log.info("draw %d of %d", draw + 1, options.draws)
    sizes = {"visible": machine.visible["data"].sites, "hidden": machine.hidden.size}
    facts = {**sizes, "glorot": glorot_deviation(machine)}
    facts["sizes_deviation"] = options.sizes_deviation
    write_table(untrained, pd.DataFrame(found), kind="untrained", metadata=facts)


def _of_other_sizes(
    recipe: Recipe, space: StateSpace, ensemble: str, draw: int, options: UntrainedOptions
) -> Iterator[Reached]:
    """Machines with other numbers of sites; those with the number of the data were looked at."""
    alone = options.model_copy(update={"deviations": [options.sizes_deviation]})
    for sites in options.sizes:
        if sites == space.sites and options.sizes_deviation in options.deviations:
            continue
        generator = random_stream(draw, "untrained", ensemble, sites)
        machine = recipe.model.build(space._replace(sites=sites), None, generator)
        with torch.inference_mode():
            yield from reached(machine, ensemble, draw, alone, generator)


def _check(machine: Any) -> None:
    layers = [*machine.visible.values(), getattr(machine, "hidden", None)]
    if set(machine.visible) != {"data"} or any(one is None or one.has_field for one in layers):
        raise ConfigError(
            "untrained",
            "model",
            None,
            found="a machine with labels, with fields or without hidden units",
            expected="labels: false and fields: false, so that scaling weights scales energies",
        )
    count = machine.visible["data"].configurations()
    if count > LIMIT:
        raise NotEnumerable("visible side of the machine", count, LIMIT, "fewer sites")
