"""Base class of everything that a YAML file can set, and the field type of named components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

from ebmflow import registry
from ebmflow.errors import ConfigError


@dataclass(frozen=True)
class Scaled:
    """Marks an option that the `scale` of a study reduces: ``Annotated[int, Scaled(least=100)]``.

    Numbers are multiplied by ``scale ** power``, lists keep that share of their first members,
    mappings reduce every value. Nothing ever grows, and what is None stays None.

    Attributes
    ----------
    least : float
        Never reduced below this.
    power : float
        1/2 for sizes whose products matter, such as units, of which a model needs some.
    """

    least: float = 1
    power: float = 1.0


class Options(BaseModel):
    """Options of a component; unknown keys are errors, fields carry their own descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, data: Any) -> Any:
        # Before pydantic does it, because here the accepted keys are known: the loader names them.
        if isinstance(data, dict):
            accepted = sorted([*cls.model_fields, *(["kind"] if hasattr(cls, "kind") else [])])
            for key in data:
                if key not in cls.model_fields:
                    facts = {"key": str(key), "accepted": accepted}
                    raise PydanticCustomError("unknown_key", "unknown key '{key}'", facts)
            for key, field in cls.model_fields.items():
                if field.is_required() and key not in data:
                    facts = {"key": key, "description": field.description or "a value"}
                    raise PydanticCustomError("missing_key", "missing key '{key}'", facts)
        return data


class ComponentOf:
    """Validates ``{kind: name, ...options}`` by the options class registered under the name."""

    def __init__(self, axis: str) -> None:
        self.axis = axis

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler):
        return core_schema.no_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(_serialise),
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler):
        # A kind without required options may be given by its name alone.
        choices = [{"enum": registry.names(self.axis)}]
        for name in registry.names(self.axis):
            options = registry.component(self.axis, name)
            choice = dict(handler.resolve_ref_schema(handler(options.__pydantic_core_schema__)))
            choice["properties"] = {"kind": {"const": name}, **choice.get("properties", {})}
            choice["required"] = ["kind", *choice.get("required", [])]
            choices.append(choice)
        return {"oneOf": choices}

    def _validate(self, value: Any) -> Options:
        if isinstance(value, Options):
            return value
        if isinstance(value, str):
            value = {"kind": value}
        if not isinstance(value, dict) or "kind" not in value:
            raise PydanticCustomError(
                "component",
                "expected a mapping with a key 'kind', one of: {names}",
                {"names": ", ".join(registry.names(self.axis))},
            )
        fields = {key: option for key, option in value.items() if key != "kind"}
        try:
            options = registry.component(self.axis, value["kind"], key="kind")
        except ConfigError as error:
            # Carried through pydantic, so that the loader can name file and key path.
            raise PydanticCustomError(
                "unknown_kind",
                "unknown {axis} '{kind}'",
                {"axis": self.axis, "kind": str(value["kind"]), "accepted": error.accepted},
            ) from error
        return options.model_validate(fields)


def _serialise(options: Options) -> dict[str, Any]:
    return {"kind": options.kind, **options.model_dump(mode="json", by_alias=True)}


class Component:
    """Field type: ``Component["gradient"]`` holds the options of a component of that axis."""

    def __class_getitem__(cls, axis: str) -> Any:
        return Annotated[Options, ComponentOf(axis)]
