"""Options as builtins."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def dump(options: BaseModel) -> dict[str, Any]:
    """Options as builtins, with the kind of a component."""
    kind = {"kind": options.kind} if hasattr(type(options), "kind") else {}
    return {**kind, **options.model_dump(mode="json")}


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
