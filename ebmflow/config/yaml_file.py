"""Read YAML files safely: no tags that build objects, no key given twice, readable errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ebmflow.errors import ConfigError, closest_name


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, of which plain YAML silently drops one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key!r} is no plain value", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key!r} given twice, first in line {seen[key]}",
                    problem_mark=key_node.start_mark,
                )
            seen[key] = line
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 1e-4 as a string; everybody who writes it means the number.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    ConfigError
        If the file is absent, unreadable, no YAML, or not a mapping.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        action = "correct this line, or a quote or bracket that is left open above it"
        raise ConfigError(
            path, line, None, found=str(error.problem), expected="YAML", action=action
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        found = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        near = closest_name(Path(path).stem, known := _files_beside(Path(path)))
        raise ConfigError(
            path, "", None, found=found, expected="a YAML file in UTF-8",
            action=f"Did you mean '{known[near]}'?" if near else "",
        ) from error  # fmt: skip
    if not isinstance(content, dict):
        raise ConfigError(
            path, "", content, found="is empty or no mapping", expected="keys and values"
        )
    return content


def _files_beside(path: Path) -> dict[str, Path]:
    """Name -> YAML file, beside a file that cannot be read and where such files belong."""
    folders = [path.parent / "config" / "datasets", path.parent / "config", path.parent]
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}
