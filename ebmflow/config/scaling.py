"""A study at a smaller scale: one factor on everything that its option class marks as `Scaled`.

What shrinks, and how far, is said beside each option; here is only the walk. As it acts on the
resolved plan, changing the scale changes the settings of exactly the jobs that it concerns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic.fields import FieldInfo

from ebmflow.config.dataset import DatasetConfig
from ebmflow.options import Options, Scaled

Chosen = TypeVar("Chosen", bound=Options)


class Reduction(NamedTuple):
    """What the scale changed.

    Attributes
    ----------
    part : str
        Dataset, model, sampling plan or block.
    key : str
        Dotted path of the option in it.
    full, reduced : object
        Value at full scale, and the one that is used.
    """

    part: str
    key: str
    full: Any
    reduced: Any


def scaled(options: Chosen, scale: float) -> Chosen:
    """Options with everything marked as `Scaled` reduced, at any depth.

    Parameters
    ----------
    options : Options
    scale : float
        In (0, 1]; 1 changes nothing.
    """
    changed = {}
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        new = _value(value, _mark(field), scale)
        if new is not value and new != value:
            changed[name] = new
    if not changed:
        return options
    fields = {name: getattr(options, name) for name in type(options).model_fields}
    return type(options)(**{**fields, **changed})


def scaled_dataset(config: DatasetConfig, scale: float) -> DatasetConfig:
    """A dataset at a scale: rows are left out, unless the source can make or read fewer."""
    smaller = scaled(config, scale)
    return smaller if smaller.source == config.source else replaced(smaller, keep=config.keep)


def replaced(options: Chosen, **fields: Any) -> Chosen:
    """Options with some fields replaced by valid values."""
    return options.model_copy(update=fields)


def reductions(part: str, full: Any, reduced: Any, key: str = "") -> Iterator[Reduction]:
    """What differs between options of a part and the reduced ones."""
    if isinstance(full, Options):
        for name in type(full).model_fields:
            inner = f"{key}.{name}" if key else name
            yield from reductions(part, getattr(full, name), getattr(reduced, name), inner)
    elif isinstance(full, list | tuple) and any(isinstance(one, Options) for one in full):
        for place, (one, other) in enumerate(zip(full, reduced, strict=True)):
            yield from reductions(part, one, other, f"{key}.{place}")
    elif full != reduced:
        yield Reduction(part, key, full, reduced)


def _mark(field: FieldInfo) -> Scaled | None:
    return next((mark for mark in field.metadata if isinstance(mark, Scaled)), None)


def _value(value: Any, mark: Scaled | None, scale: float) -> Any:
    """A value reduced by its mark, or, without one, the options in it reduced."""
    if isinstance(value, Options):
        return scaled(value, scale)
    if isinstance(value, list | tuple) and mark is None:
        return type(value)(_value(one, None, scale) for one in value)
    if mark is None or value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _number(one, mark, scale) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return value[: _number(len(value), mark, scale)]
    return _number(value, mark, scale)


def _number(value: float, mark: Scaled, scale: float) -> float:
    wanted = max(value * scale**mark.power, min(value, mark.least))
    return max(1, round(wanted)) if isinstance(value, int) else wanted
