"""What a result file belongs to, read off its path: paths carry names, never settings."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import NamedTuple

from ebmflow.errors import DataError

SEED = re.compile(r"seed-(\d+)$")


class Place(NamedTuple):
    """Stage and run of a file.

    Attributes
    ----------
    stage : str
        First folder below the results folder: samples, scores, figures ...
    dataset, model, sampling : str
        Empty where the file is about all of them.
    seed : int
        -1 where the file is about all seeds.
    name : str
        File name without suffix.
    """

    stage: str
    dataset: str
    model: str = ""
    seed: int = -1
    sampling: str = ""
    name: str = ""


def identify(path: str | PurePath) -> Place:
    """Return the place of a result file.

    Understood: ``{stage}/{dataset}/{model}/seed-{n}[/{sampling}][/{name}].ext``,
    ``{stage}/{dataset}/{name}.ext``, ``untrained/{dataset}/{model}.ext`` and
    ``datasets/{dataset}.ext``, below any folder.

    Raises
    ------
    DataError
        If the path has none of these forms.
    """
    path = PurePath(path)
    parts = [*path.parts[:-1], path.stem]
    seeds = [index for index, part in enumerate(parts) if SEED.match(part)]
    if seeds and seeds[-1] >= 3:
        index = seeds[-1]
        stage, dataset, model = parts[index - 3 : index]
        seed = int(SEED.match(parts[index]).group(1))
        rest = parts[index + 1 :]
        single = stage in (
            "samples",
            "structures",
            "tm_scores",
            "plausibility",
            "judged",
            "novelty",
            "projections",
            "logos",
        )
        sampling = rest[0] if len(rest) > 1 or (rest and single) else ""
        return Place(stage, dataset, model, seed, sampling, rest[-1] if rest else parts[index])
    if len(parts) >= 2 and parts[-2] == "datasets":
        return Place("datasets", parts[-1], name=parts[-1])
    if len(parts) >= 3 and parts[-3] == "untrained":
        return Place(*parts[-3:], name=parts[-1])
    if len(parts) >= 3:
        return Place(parts[-3], parts[-2], name=parts[-1])
    raise DataError(
        path,
        "the path names no dataset",
        "results/{stage}/{dataset}/{model}/seed-{n}/...",
        "keep the layout of the results folder",
    )
