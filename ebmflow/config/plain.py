"""Options as builtins."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def dump(options: BaseModel) -> dict[str, Any]:
    """Options as builtins, with the kind of a component."""
    kind = kind_of(options)
    return {**({"kind": kind} if kind else {}), **options.model_dump(mode="json")}


def kind_of(options: BaseModel) -> str:
    """Name under which the class of options is registered; empty for plain options."""
    return getattr(type(options), "kind", "")


def dump_part(options: BaseModel | None) -> dict[str, Any] | None:
    """Options as builtins; None stays None."""
    return None if options is None else dump(options)


def plain(value: Any) -> Any:
    """Builtins only, keys sorted, at any depth."""
    if isinstance(value, BaseModel):
        return plain(dump(value))
    if isinstance(value, dict):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, str | int | float | bool | None):
        return value
    raise TypeError(f"{type(value).__name__} in settings: Snakemake cannot compare it")
