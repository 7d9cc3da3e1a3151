"""Base class of everything that a YAML file can set: typed, closed and immutable."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Options of a component; unknown keys are errors, fields carry their own descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True)
