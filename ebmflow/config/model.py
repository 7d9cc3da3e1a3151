"""A recipe file: a training recipe, what it reproduces, and what differs on some datasets."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ebmflow.training.recipe import Recipe


class RecipeConfig(Recipe):
    """A file in config/models."""

    title: str = Field(description="Name in reports.")
    cite: str = Field("", description="Source; shown in reports only.")
    equations: list[str] = Field(
        [], description="Equations of the source that the recipe implements."
    )
    deviations: list[str] = Field(
        [], description="Where the recipe differs from the source, and why."
    )
    overrides: dict[str, dict[str, Any]] = Field(
        {}, description="Dataset name -> keys that differ there; merged into the recipe, deeply."
    )


# Read by people; a job must not depend on them.
PROSE = frozenset({"title", "cite", "equations", "deviations", "overrides"})


def merged(recipe: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe with the keys of an override; mappings merge, anything else replaces.

    A mapping of another ``kind`` replaces too: the options of one kind mean nothing to another.
    """
    result = dict(recipe)
    for key, value in override.items():
        old = result.get(key)
        mergeable = isinstance(old, dict) and isinstance(value, dict)
        if mergeable and value.get("kind", old.get("kind")) == old.get("kind"):
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result
