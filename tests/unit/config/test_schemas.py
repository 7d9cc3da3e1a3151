"""Generated files are up to date, and the schemas accept what the classes accept."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ebmflow.config.write_schemas import generated_files
from ebmflow.config.yaml_file import read_yaml

SECTIONS = {"datasets": "dataset", "models": "model", "samplings": "sampling"}


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return generated_files()


def test_generated_files_are_up_to_date(generated, root: Path) -> None:
    stale = [
        name
        for name, content in generated.items()
        if not (root / name).is_file() or (root / name).read_text() != content
    ]
    assert not stale, f"{', '.join(stale)}: run `make schemas`"


@pytest.mark.parametrize("section", SECTIONS)
def test_schemas_accept_our_files(generated, root: Path, section: str) -> None:
    schema = json.loads(generated[f"workflow/schemas/{SECTIONS[section]}.schema.json"])
    for path in sorted((root / "config" / section).glob("*.yaml")):
        # Tuples of the YAML reader are lists in JSON.
        jsonschema.validate(json.loads(json.dumps(read_yaml(path))), schema)


def test_schemas_refuse_unknown_keys(generated) -> None:
    schema = json.loads(generated["workflow/schemas/study.schema.json"])
    study = {"runs": [], "samplings": ["x"], "metrics": ["spectrum"], "metrcs": 1}
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(study))
    assert any("metrcs" in error.message for error in errors)


def test_every_option_is_described() -> None:
    from ebmflow import registry
    from ebmflow.config.write_schemas import FILES
    from ebmflow.options import Options

    classes = [cls for cls, _ in FILES.values()]
    for axis in registry.AXES:
        found = [registry.component(axis, name) for name in registry.names(axis)]
        classes += [cls for cls in found if issubclass(cls, Options)]
    missing = [
        f"{cls.__module__}.{cls.__name__}.{name}"
        for cls in classes
        for name, field in cls.model_fields.items()
        if not field.description
    ]
    assert not missing
