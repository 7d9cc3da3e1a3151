"""Write workflow/schemas/*.json (for editors) and config/README.md (for people) from the classes.

    python -m ebmflow.config.write_schemas

A test fails when the files and the classes differ.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ebmflow import registry
from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.model import RecipeConfig
from ebmflow.config.plain import kind_of
from ebmflow.config.sampling import SamplingConfig
from ebmflow.config.study import Study
from ebmflow.io.atomic import write_text
from ebmflow.options import ComponentOf, Options
from ebmflow.provenance import ROOT

FILES: dict[str, tuple[type[Options], str]] = {
    "study": (Study, "config/config.yaml and other study files"),
    "dataset": (DatasetConfig, "config/datasets/NAME.yaml"),
    "model": (RecipeConfig, "config/models/NAME.yaml"),
    "sampling": (SamplingConfig, "config/samplings/NAME.yaml"),
}
WORDS = {
    NoneType: "null",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true, false",
    Path: "path",
}
INTRODUCTION = """\
# Every key of every configuration file

This page is written by `make schemas` from the classes that check the files; do not edit it.
A study file says what to run; it names datasets, models and sampling plans, which are defined in
one file each. Unknown keys, kinds and values stop Snakemake before the first job.

Editors complete and check keys with the schemas in workflow/schemas; put as first line, say:
`# yaml-language-server: $schema=../../workflow/schemas/dataset.schema.json`.
"""


def generated_files() -> dict[str, str]:
    """Path relative to the project -> content."""
    files = {
        f"workflow/schemas/{name}.schema.json": json.dumps(schema(cls, where), indent=1) + "\n"
        for name, (cls, where) in FILES.items()
    }
    return files | {"config/README.md": "\n".join(_pages())}


def schema(cls: type[Options], where: str) -> dict[str, Any]:
    """JSON schema of a file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": where}
    return {**cls.model_json_schema(), **head}


def _pages() -> Iterator[str]:
    yield INTRODUCTION
    for name, (cls, where) in FILES.items():
        yield f"## {name.capitalize()}: {where}\n"
        yield from _table(cls)
    for axis in registry.AXES:
        kinds = [registry.component(axis, name) for name in registry.names(axis)]
        described = [kind for kind in kinds if issubclass(kind, Options)]
        if described:
            yield f"## Kinds of {axis}\n"
        for kind in described:
            yield f"### `{kind.kind}`\n"
            yield f"{_first_paragraph(kind)}\n"
            yield from _table(kind)


def _first_paragraph(cls: type) -> str:
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def _table(cls: type[BaseModel]) -> Iterator[str]:
    if not cls.model_fields:
        yield "No options.\n"
        return
    yield "| key | values | default | meaning |"
    yield "| --- | --- | --- | --- |"
    yield from _rows(cls, "")
    yield ""


def _rows(cls: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in cls.model_fields.items():
        inner, repeated = _options_class(field.annotation)
        given = "see below" if inner and inner is field.annotation else f"`{_default(field)}`"
        default = "required" if field.is_required() else given
        values = _values(field.annotation, field.metadata)
        meaning = (field.description or "").replace("|", "\\|")
        yield f"| `{prefix}{name}` | {values} | {default} | {meaning} |"
        if inner:
            yield from _rows(inner, f"{prefix}{name}{'[]' if repeated else ''}.")


def _options_class(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Class of the keys below a key, if there is one, and whether the key holds a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (None if annotation is Options else annotation), False
    for part in get_args(annotation):
        inner, _ = _options_class(part)
        if inner:
            return inner, get_origin(annotation) is list
    return None, False


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return kind_of(value) or "built in"
    if isinstance(value, dict | list | tuple) and "Options(" in repr(value):
        return "built in"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return (
        json.dumps(value)
        if value == ""
        else str(list(value) if isinstance(value, tuple) else value)
    )


def _values(annotation: Any, metadata: Any = ()) -> str:
    for mark in metadata:
        if isinstance(mark, ComponentOf):
            return f"a kind of {mark.axis}"
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _values(inner[0], inner[1:])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (typing.Union, UnionType):
        return " or ".join(_values(part) for part in inner)
    if origin in (list, tuple):
        parts = [part for part in inner if part is not Ellipsis]
        if origin is tuple and len(parts) == len(inner):
            return f"[{', '.join(_values(part) for part in parts)}]"
        return f"list of {_values(parts[0])}"
    if origin is dict:
        return f"{_values(inner[0])} -> {_values(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys below"
    return WORDS.get(annotation, getattr(annotation, "__name__", "any"))


def main() -> None:
    """Write all generated files."""
    for name, content in generated_files().items():
        write_text(ROOT.parent / name, content)


if __name__ == "__main__":
    main()
