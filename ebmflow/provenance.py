"""Where an output comes from: digest of its settings, fingerprint of its code, record of versions.

The fingerprint of a stage covers the modules that it imports inside the package (static closure)
and the modules of the components named in its settings, hashed over the syntax tree without
docstrings, comments and option descriptions. An edited comment changes nothing, an edited formula
changes exactly the stages that use it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import ebmflow

PACKAGE = "ebmflow"
ROOT = Path(ebmflow.__file__).resolve().parent
# What cannot change a result: it composes sentences, writes logs, names versions or devices.
NEUTRAL = frozenset(
    {PACKAGE, *(f"{PACKAGE}.{name}" for name in ("devices", "errors", "provenance", "stages.job"))}
)
# Libraries whose version can change a result.
LIBRARIES = (
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "numba",
    "scikit-learn",
    "pyhmmer",
    "pyfamsa",
)
DIGEST_LENGTH = 16


def spec_digest(spec: Any) -> str:
    """Digest of settings (builtins only); the order of keys does not matter."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def short_path(path: str | Path) -> Path:
    """Path relative to the working directory where it lies below it, as a user would write it.

    Records then say the same wherever the project lies.
    """
    full = Path(path).resolve()
    return full.relative_to(Path.cwd()) if full.is_relative_to(Path.cwd()) else full


def code_fingerprint(modules: Iterable[str]) -> str:
    """Fingerprint of modules and of everything in the package that they import.

    Parameters
    ----------
    modules : iterable of str
        Dotted names inside the package: a stage and the components it will look up by name.

    Raises
    ------
    ModuleNotFoundError
        If a module is not a file of the package.
    """
    digest = hashlib.sha256()
    for name in sorted(import_closure(modules)):
        digest.update(f"{name}\0{_module_digest(name)}\0".encode())
    return digest.hexdigest()[:DIGEST_LENGTH]


def import_closure(modules: Iterable[str]) -> set[str]:
    """Modules of the package that are imported, directly or not, by the given ones."""
    waiting, found = list(modules), set()
    while waiting:
        name = waiting.pop()
        if name not in found and name not in NEUTRAL:
            found.add(name)
            waiting.extend(_imports(name))
    return found


def module_path(name: str) -> Path:
    """File of a module of the package; raises ModuleNotFoundError if there is none."""
    path = _find(name)
    if path is None:
        raise ModuleNotFoundError(f"no module {name} below {ROOT}", name=name)
    return path


def _find(name: str) -> Path | None:
    stem = ROOT.joinpath(*name.split(".")[1:])
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        if path.is_file():
            return path
    return None


def _tree(name: str) -> ast.Module:
    return ast.parse(module_path(name).read_bytes(), filename=name)


@functools.cache
def _imports(name: str) -> frozenset[str]:
    """Modules of the package named in import statements, with their parent packages."""
    found: set[str] = set()
    for node in _running_nodes(_tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(name, node)
            found.add(base)
            # `from package import module` imports the module too.
            found.update(f"{base}.{alias.name}" for alias in node.names)
    inside = {module for module in found if module.split(".")[0] == PACKAGE and _find(module)}
    parents = {
        ".".join(module.split(".")[:i])
        for module in inside
        for i in range(1, module.count(".") + 1)
    }
    return frozenset(inside | parents)


def _absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    is_package = module_path(name).name == "__init__.py"
    base = parts[: len(parts) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _running_nodes(node: ast.AST) -> Iterable[ast.AST]:
    """Nodes below `node`, without what is under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _running_nodes(child)


@functools.cache
def _module_digest(name: str) -> str:
    tree = _Strip().visit(_tree(name))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


class _Strip(ast.NodeTransformer):
    """Removes what people read and programs do not: docstrings and option descriptions."""

    def _without_docstring(self, node: Any) -> Any:
        self.generic_visit(node)
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
            node.body = node.body[1:]
        return node

    visit_Module = visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _without_docstring

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if getattr(node.func, "id", "") == "Field":
            node.keywords = [word for word in node.keywords if word.arg != "description"]
        return node


_current: ContextVar[dict[str, Any] | None] = ContextVar("provenance", default=None)


@contextmanager
def recorded(facts: dict[str, Any]) -> Iterator[None]:
    """Let every file written inside the block carry these facts."""
    token = _current.set(facts)
    try:
        yield
    finally:
        _current.reset(token)


def current_record() -> dict[str, Any]:
    """Facts that a file written now should carry; empty outside a job."""
    return _current.get() or {}


@functools.cache
def environment_record() -> dict[str, str]:
    """Versions of Python, the project and the libraries whose version can change a result."""
    from importlib import metadata

    record = {"python": platform.python_version(), PACKAGE: ebmflow.__version__, **source_record()}
    for library in LIBRARIES:
        try:
            record[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            record[library] = "not installed"
    return record


@functools.cache
def source_record() -> dict[str, str]:
    """Commit of the source tree and whether files differ from it; nothing outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return {}
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".")
    return {"commit": commit, "tree": "modified" if changed else "as committed"}


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT.parent), *arguments], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
