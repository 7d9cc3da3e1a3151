"""What happens to labels whatever their origin: vocabulary, missing labels, small classes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ebmflow.options import Options


class LabelOptions(Options):
    """Options that every labeller has."""

    classes: tuple[str, ...] = Field(
        (), description="Labels to keep, in this order; other labels count as missing. Empty: all."
    )
    rename: dict[str, str] = Field(
        {}, description="Found label -> wanted label; applied before `classes`."
    )
    missing: Literal["unlabelled", "drop", "error"] = Field(
        "unlabelled", description="What happens to rows without a label."
    )
    minimum_size: int = Field(2, ge=1, description="Smallest number of rows of a class.")
    below_minimum: Literal["error", "unlabelled", "drop"] = Field(
        "error", description="What happens to the rows of smaller classes."
    )
