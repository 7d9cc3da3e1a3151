"""Datasets that cannot be had: another stands in, or their runs are left out, as is said."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ebmflow.config.study import FigureTarget, StandIn, Study
from ebmflow.config.union import Block
from ebmflow.errors import ConfigError


class Absence(NamedTuple):
    """What a study asks for and does not get: a line of the report."""

    stage: str
    dataset: str
    reason: str


def substituted(
    study: Study, blocks: list[Block], file: Path
) -> tuple[Study, list[Block], tuple[Absence, ...]]:
    """The study and its blocks with stand-ins in the place of datasets, and what is absent.

    A block without datasets and a figure without files disappear. A name of a dataset in a pattern
    of a figure is replaced as it is in the blocks.

    Raises
    ------
    ConfigError
        If nothing remains to be run.
    """
    if not study.stand_ins:
        return study, blocks, ()
    asked = {name for block in blocks for name in block.options.datasets}
    present = {name: one for name, one in study.stand_ins.items() if name in asked}
    kept = [_block(block, present) for block in blocks]
    kept = [block for block in kept if block.options.datasets]
    if not kept:
        raise ConfigError(
            file, "stand_ins", sorted(present), expected="one dataset at least that is not left out"
        )
    figures = {name: _figure(one, present) for name, one in study.figures.items()}
    absences = [_absence(name, one) for name, one in present.items()]
    absences += [
        Absence("figure", "", f"{name} ({study.figures[name].title}): its datasets are left out")
        for name, one in figures.items()
        if one is None
    ]
    shown = {name: one for name, one in figures.items() if one is not None}
    return study.model_copy(update={"figures": shown}), kept, tuple(absences)


def _block(block: Block, stand_ins: dict[str, StandIn]) -> Block:
    names = [_replaced(name, stand_ins) for name in block.options.datasets]
    kept = list(dict.fromkeys(name for name in names if name is not None))
    found = {key: _replaced(one.dataset, stand_ins) for key, one in block.options.judges.items()}
    judges = {
        key: block.options.judges[key].model_copy(update={"dataset": name})
        for key, name in found.items()
        if name is not None
    }
    changed = {"datasets": kept, "judges": judges}
    return block._replace(options=block.options.model_copy(update=changed))


def _figure(figure: FigureTarget, stand_ins: dict[str, StandIn]) -> FigureTarget | None:
    files: list[str] = []
    for pattern in figure.files:
        parts = [_renamed(part, stand_ins) for part in pattern.split("/")]
        if None not in parts:
            files.append("/".join(part for part in parts if part))
    return figure.model_copy(update={"files": list(dict.fromkeys(files))}) if files else None


def _renamed(part: str, stand_ins: dict[str, StandIn]) -> str | None:
    """A folder, or a file with its ending, of a dataset's name."""
    name, dot, ending = part.partition(".")
    found = _replaced(name, stand_ins)
    return None if found is None else f"{found}{dot}{ending}"


def _replaced(name: str, stand_ins: dict[str, StandIn]) -> str | None:
    return stand_ins[name].dataset if name in stand_ins else name


def _absence(name: str, stand_in: StandIn) -> Absence:
    if stand_in.dataset is None:
        return Absence("dataset, left out", name, stand_in.reason)
    return Absence("dataset, replaced", name, f"{stand_in.dataset} stands in: {stand_in.reason}")
