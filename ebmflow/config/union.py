"""Blocks of a study and of the studies that it includes, each complete in itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ebmflow.config.study import RunBlock, Study
from ebmflow.errors import ConfigError
from ebmflow.options import Options

# What a block takes from its study where it says nothing itself.
OF_THE_STUDY = ("samplings", "metrics", "scoring", "prediction")
# What a block cannot do without.
NEEDED = ("samplings", "metrics")

Reader = Callable[[str, object, str], tuple[Study, Path]]


class Block(NamedTuple):
    """A block of runs with the settings of its study, and where both stand.

    Attributes
    ----------
    options : RunBlock
        Nothing that the study gives is None.
    file : Path
    place : str
        Key of the block in its file.
    inherited : frozenset of str
        Names of options that the study gave.
    """

    options: RunBlock
    file: Path
    place: str
    inherited: frozenset[str]

    def __str__(self) -> str:
        return f"{self.file.name}, {self.place}"

    def key(self, name: str) -> str:
        """Key of an option, in the block or in its study."""
        return name if name in self.inherited else f"{self.place}.{name}"

    def keyed(self, name: str) -> Iterator[tuple[str, str]]:
        """Members of an option that is a list of names, with their keys."""
        for place, one in enumerate(getattr(self.options, name)):
            yield f"{self.key(name)}.{place}", one


def united(study: Study, file: Path, read: Reader) -> tuple[Study, list[Block]]:
    """A study with the blocks and figures of all the studies it includes, at any depth.

    Parameters
    ----------
    study : Study
    file : Path
    read : callable
        Study and file of a name; gets also the file and the key that name it.

    Raises
    ------
    ConfigError
        If there are no runs at all, a study includes itself, or two figures share a name.
    """
    blocks, figures = _collect(study, file, read, ())
    if not blocks:
        raise ConfigError(
            file, "runs", study.runs, expected="one block at least, or names under `studies`"
        )
    return study.model_copy(update={"figures": figures}), blocks


def _collect(study: Study, file: Path, read: Reader, above: tuple[Path, ...]) -> tuple:
    blocks = [_complete(study, file, number) for number in range(len(study.runs))]
    figures = dict(study.figures)
    for number, name in enumerate(study.studies):
        key = f"studies.{number}"
        other, path = read(name, file, key)
        if path in (*above, file):
            raise ConfigError(file, key, name, found=f"{path} includes itself", expected="no cycle")
        more, shown = _collect(other, path, read, (*above, file))
        for target in shown.keys() & figures.keys():
            raise ConfigError(
                path, f"figures.{target}", target, found=f"{target!r} again", expected="other names"
            )
        blocks, figures = blocks + more, figures | shown
    return blocks, figures


def _complete(study: Study, file: Path, number: int) -> Block:
    block = study.runs[number]
    inherited = frozenset(name for name in OF_THE_STUDY if getattr(block, name) is None)
    given: dict[str, Options] = {name: getattr(study, name) for name in inherited}
    complete = Block(block.model_copy(update=given), file, f"runs.{number}", inherited)
    for name in NEEDED:
        if not getattr(complete.options, name):
            key, expected = complete.key(name), "one at least"
            raise ConfigError(file, key, getattr(complete.options, name), expected=expected)
    _check_metrics(complete)
    _check_judged(complete)
    return complete


def _check_metrics(block: Block) -> None:
    kinds = [metric.kind for metric in block.options.metrics or []]
    for place, kind in enumerate(kinds):
        if kind in kinds[:place]:
            raise ConfigError(
                block.file,
                f"{block.key('metrics')}.{place}",
                kind,
                found=f"{kind!r} again",
                expected="every metric once",
            )


def _check_judged(block: Block) -> None:
    options, key = block.options, f"{block.place}.judged"
    if options.judged is None:
        return
    for place, name in enumerate(options.judged):
        if name not in (accepted := options.samplings):
            raise ConfigError(block.file, f"{key}.{place}", name, accepted=accepted)
    if not (options.structure or options.language_model or options.judges):
        found, expected = "nothing judges sequences", "`structure`, `language_model` or `judges`"
        raise ConfigError(block.file, key, None, found=found, expected=f"{expected} with it")
