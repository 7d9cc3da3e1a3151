"""Who may import whom, and what the numerical core must not do (docs/extending.md, layers)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "ebmflow"
BASE = {
    "__version__", "devices", "errors", "options", "provenance", "randomness", "registry", "space",
}  # fmt: skip
# layer -> layers of the package that its modules may import
ALLOWED = {
    "core": {"core"},
    "sampling": {"core", "sampling"},
    "training": {"core", "sampling", "training"},
    "data": {"data"},
    "evaluation": {"core", "sampling", "data", "evaluation"},
    "figures": {"figures"},
    "io": {"core", "sampling", "training", "data", "io"},
    "config": {"core", "sampling", "training", "data", "evaluation", "config"},
    "stages": {
        "core", "sampling", "training", "data", "evaluation", "figures", "io", "stages",
    },
}  # fmt: skip
# libraries that a layer must not import, at the top of a module or inside functions
FORBIDDEN_LIBRARIES = {
    "core": {"pandas", "pyarrow", "matplotlib", "snakemake", "yaml"},
    "sampling": {"pandas", "pyarrow", "matplotlib", "snakemake", "yaml"},
    "training": {"pyarrow", "matplotlib", "snakemake", "yaml"},
    "figures": {"torch", "snakemake"},
    "data": {"snakemake", "matplotlib"},
    "evaluation": {"snakemake", "pyarrow"},
    "stages": {"snakemake"},
    "config": {"snakemake", "matplotlib", "transformers", "esm"},
}
# Writing whole files or nothing is needed wherever files are written; it imports the errors only.
FOUNDATIONS = {"data": {"ebmflow.io.atomic"}, "config": {"ebmflow.io.atomic"}}
FORBIDDEN_CALLS = {"open", "print"}
FORBIDDEN_ATTRIBUTES = {"manual_seed_all", "set_default_dtype", "set_default_device", "cuda"}
NUMERICAL = ("core", "sampling", "training")


def modules(layer: str = "") -> list[Path]:
    return sorted((PACKAGE / layer).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, absolute."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, node.module or ""
            if node.module == "ebmflow":
                yield from ((node.lineno, f"ebmflow.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("layer", sorted(ALLOWED))
def test_layers_import_downwards_only(layer: str) -> None:
    wrong = []
    for path in modules(layer):
        for line, name in imports(path):
            parts = name.split(".")
            if parts[0] != "ebmflow" or len(parts) == 1:
                continue
            if name in FOUNDATIONS.get(layer, set()):
                continue
            if parts[1] not in ALLOWED[layer] | BASE:
                wrong.append(f"{path.relative_to(PACKAGE.parent)}:{line}: imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layer", sorted(FORBIDDEN_LIBRARIES))
def test_layers_keep_to_their_libraries(layer: str) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: imports {name}"
        for path in modules(layer)
        for line, name in imports(path)
        if name.split(".")[0] in FORBIDDEN_LIBRARIES[layer]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layer", NUMERICAL)
def test_numerical_layers_have_no_side_effects(layer: str) -> None:
    wrong = []
    for path in modules(layer):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            attribute = getattr(node.func, "attr", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            global_seed = attribute == "manual_seed" and owner == "torch"
            if name in FORBIDDEN_CALLS or attribute in FORBIDDEN_ATTRIBUTES or global_seed:
                wrong.append(
                    f"{path.relative_to(PACKAGE.parent)}:{node.lineno}: {ast.unparse(node)}"
                )
    assert not wrong, "\n".join(wrong)


def test_nobody_uses_pickle_or_eval() -> None:
    wrong = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("eval", "exec"):
                wrong.append(f"{path}:{node.lineno}: {ast.unparse(node)}")
        wrong += [f"{path}:{n}: {name}" for n, name in imports(path) if name in ("pickle", "dill")]
    assert not wrong, "\n".join(wrong)


def test_modules_stay_readable() -> None:
    """At most 400 lines a module and 50 a function."""
    wrong = []
    for path in modules():
        text = path.read_text()
        if text.count("\n") > 400:
            wrong.append(f"{path}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                first = node.body[0]
                docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                start = first.end_lineno if docstring else node.lineno
                if node.end_lineno - start > 50:
                    wrong.append(f"{path}:{node.lineno}: {node.name} is longer than 50 lines")
    assert not wrong, "\n".join(wrong)
