"""The same pins everywhere, and specs that package managers can read."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment(root: Path) -> dict:
    return yaml.safe_load((root / "environment.yml").read_text())


def pip_section(environment: dict) -> list[str]:
    return next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))


def test_environment_pins_what_the_package_pins(project: dict, environment: dict) -> None:
    pins = project["dependencies"] + project["optional-dependencies"]["fold"]
    assert sorted(pip_section(environment)) == sorted(pins)


# Distributions that come with a pinned one, in the only versions it accepts.
INCLUDED = {"pydantic-core": "pydantic", "llvmlite": "numba", "triton": "torch"}


def imported(folder: Path) -> set[str]:
    """Top-level names of modules imported below a folder, the standard library left out."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"ebmflow"}


def test_every_imported_package_is_pinned(root: Path, project: dict) -> None:
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    pinned = {canonicalize_name(Requirement(line).name) for line in lines}
    owners = packages_distributions()
    found = {
        name: {canonicalize_name(one) for one in owners.get(name, [name])}
        for name in imported(root / "ebmflow")
    }
    unpinned = {
        name
        for name, distributions in found.items()
        if not pinned & {INCLUDED.get(one, one) for one in distributions}
    }
    assert not unpinned


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


def test_the_environment_of_esmfold_holds_what_its_python_can(root: Path) -> None:
    """Exact pins; Python 3.9, for which there is no torch after 2.8."""
    rattler = pytest.importorskip("rattler")
    file = root / "workflow" / "envs" / "esmfold-fair-esm.yaml"
    environment = yaml.safe_load(file.read_text())
    lines = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    assert {str(rattler.MatchSpec(line).name.normalized) for line in lines} == {
        "python", "pip", "git",
    }  # fmt: skip
    assert "python=3.9" in lines
    pins = [Requirement(line) for line in pip_section(environment)]
    assert all([one.operator for one in pin.specifier] == ["=="] for pin in pins)
    torch = next(pin for pin in pins if pin.name == "torch")
    assert torch.specifier.contains("2.8.0")
    assert "Python 3.9 is the newest" in file.read_text()  # why it is not the pin of the package
    script = file.with_suffix(".post-deploy.sh")
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^commit=[0-9a-f]{40}$", script.read_text(), flags=re.MULTILINE)


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


CONTAINERS = ("Dockerfile", "ebmflow.def")


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_install_the_pins_and_what_the_makefile_installs(
    root: Path, project: dict, name: str
) -> None:
    lines = (root / "workflow" / "containers" / name).read_text()
    pins = re.findall(r"[\w-]+==[\w.]+", lines)
    assert pins == [pin for pin in project["dependencies"] if pin.startswith("torch==")]
    assert set(re.findall(r'"\.\[(\w+)\]"', lines)) <= set(project["optional-dependencies"])
    copies = [line for line in lines.splitlines() if re.match(r"COPY |    \S+ /opt/ebmflow/", line)]
    copied = {name for line in copies for name in line.removeprefix("COPY").split()[:-1]}
    assert {"pyproject.toml", "ebmflow"} <= copied
    assert [name for name in copied if not (root / name).exists()] == []
    python = re.search(r"python:(\d\.\d+)", lines)[1]
    assert f"python={python}" in (root / "environment.yml").read_text()
