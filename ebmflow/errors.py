"""Errors written for people: where, what was found, what was expected, what to do.

Every exception keeps its facts as attributes and composes one readable line from them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the member of `known` most similar to `name`, or None if nothing is close."""
    matches = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.5)
    return matches[0] if matches else None


class EbmflowError(Exception):
    """Base of all errors that a user can act on.

    Parameters
    ----------
    where : str
        File, record, setting or argument concerned.
    found : str
        What stands there.
    expected : str
        What would have been accepted.
    action : str
        What to do next.

    Attributes
    ----------
    exit_status : int
        Exit status of a job or command that ends with this error.
    """

    exit_status = 1

    def __init__(self, where: object, found: str, expected: str = "", action: str = "") -> None:
        self.where = str(where)
        self.found = found
        self.expected = expected
        self.action = action
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        sentence = f"{self.where}: {self.found}"
        if self.expected:
            sentence += f"; expected {self.expected}"
        if self.action:
            sentence += f". {self.action[0].upper()}{self.action[1:]}"
        # One line, whatever a file name or a bad value contained.
        return " ".join(sentence.split())

    def __reduce__(self):
        # Exceptions cross process borders (worker pools), where only `args` would survive.
        return (_rebuild, (type(self), self.__dict__.copy(), self.args))


def _rebuild(cls: type[EbmflowError], facts: dict, args: tuple) -> EbmflowError:
    error = cls.__new__(cls)
    error.__dict__.update(facts)
    error.args = args
    return error


class ConfigError(EbmflowError):
    """A setting is unknown, ill-typed or impossible.

    Parameters
    ----------
    file, key : str
        Configuration file and dotted key path.
    value : object
        The offending value.
    accepted : iterable of str, optional
        Accepted names; the closest one to `value` is suggested.
    expected : str, optional
        Description of what is accepted when it is no list of names.
    """

    def __init__(
        self,
        file: object,
        key: str,
        value: object,
        *,
        accepted: Iterable[str] = (),
        expected: str = "",
        found: str = "",
        action: str = "",
    ) -> None:
        self.file, self.key, self.value = str(file), key, value
        self.accepted = tuple(str(name) for name in accepted)
        self.closest = closest_name(str(value), self.accepted)
        if self.accepted:
            expected = "one of: " + ", ".join(self.accepted)
        if self.closest and not action:
            action = f"Did you mean {self.closest!r}?"
        where = f"{file}, {key}" if key else str(file)
        super().__init__(where, found or f"found {value!r}", expected, action)


class DataError(EbmflowError):
    """An input file cannot be used."""


class AlignmentError(DataError):
    """Rows that should be aligned are not."""


class AlphabetError(DataError):
    """A letter is outside the alphabet."""


class LabelError(DataError):
    """Labels and rows do not fit together."""


class FetchError(EbmflowError):
    """A file is neither in the mirror nor could it be downloaded."""


class ShapeError(EbmflowError):
    """An array has another shape than the model or the dataset needs."""


class NotEnumerable(EbmflowError):
    """The state space is too large for an exact sum."""

    def __init__(self, where: object, states: float, limit: int, instead: str) -> None:
        self.states, self.limit = states, limit
        super().__init__(
            where, f"{states:.4g} states", f"at most {limit}", f"use {instead} instead"
        )


class CheckpointError(EbmflowError):
    """A stored file has another format, or is damaged."""


class StorageError(EbmflowError):
    """A file cannot be written: no space, no permission, a file system for reading only."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            path,
            f"cannot be written ({reason})",
            "",
            "free or open that place, or choose another, and run again: finished files are kept",
        )


class Interrupted(EbmflowError):
    """The job was asked to stop (SIGTERM, Ctrl-C) and has saved what is needed to go on."""

    exit_status = 75  # EX_TEMPFAIL of sysexits.h: try again later


class DivergenceError(EbmflowError):
    """Training produced values that are not finite."""

    def __init__(self, update: int, parameter: str, last_row: dict | None = None) -> None:
        self.update, self.parameter, self.last_row = update, parameter, last_row
        last = f" (last finite log row: {last_row})" if last_row else ""
        super().__init__(
            f"update {update}",
            f"parameter {parameter!r} is not finite{last}",
            "finite numbers",
            "lower the learning rate or add regularisation",
        )
