"""The same pins everywhere, and specs that package managers can read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment(root: Path) -> dict:
    return yaml.safe_load((root / "environment.yml").read_text())


def pip_section(environment: dict) -> list[str]:
    return next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))


def test_environment_pins_what_the_package_pins(project: dict, environment: dict) -> None:
    assert sorted(pip_section(environment)) == sorted(project["dependencies"])


def test_every_pin_is_exact(project: dict) -> None:
    optional = project["optional-dependencies"]
    for line in [
        *project["dependencies"],
        *(line for extra in optional.values() for line in extra),
    ]:
        specifiers = list(Requirement(line).specifier)
        assert [one.operator for one in specifiers] == ["=="], line
        assert "*" not in specifiers[0].version, line


def test_conda_lines_are_specs(environment: dict) -> None:
    rattler = pytest.importorskip("rattler")
    lines = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    names = {str(rattler.MatchSpec(line).name.normalized) for line in lines}
    assert names == {"python", "pip"}


def test_conda_python_is_one_that_the_package_supports(project: dict, environment: dict) -> None:
    line = next(e for e in environment["dependencies"] if str(e).startswith("python"))
    assert re.fullmatch(r"python=3\.1[123]", line)
    assert project["requires-python"] == ">=3.11,<3.14"


def test_makefile_installs_the_pinned_torch_first(root: Path, project: dict) -> None:
    pinned = next(line for line in project["dependencies"] if line.startswith("torch=="))
    assert f"pip install --disable-pip-version-check -q {pinned}" in (root / "Makefile").read_text()


def test_no_registry_host_is_named(root: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "environment.yml", ".ci/run"):
        text = (root / name).read_text()
        assert not re.search(r"https?://|--index-url|--extra-index", text), name
