"""Settings given on the command line instead of in a file."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import Field

from ebmflow.config.errors import validate
from ebmflow.errors import ConfigError
from ebmflow.options import Component, Options

PLACE = "command line"


class _Predictor(Options):
    predictor: Component["predictor"] = Field(description="A structure predictor.")


def read_predictor(text: str) -> Any:
    """The structure predictor that a kind, or a YAML mapping with a kind, names."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(
            PLACE, "--predictor", text, expected="a kind, or {kind: ..., option: ...}"
        ) from error
    return validate(_Predictor, {"predictor": value}, PLACE).predictor
