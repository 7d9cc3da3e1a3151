"""Names in YAML to components in code: one new component is one new file.

An axis (``gradient``, ``metric``, ``source`` ...) is a sub-package; its modules are imported the
first time the axis is asked for, and their classes register themselves with :func:`register`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeVar

from ebmflow.errors import ConfigError

# axis -> package whose modules hold its components
AXES = {
    "layer": "ebmflow.core.layers",
    "coupling": "ebmflow.training.couplings",
    "model": "ebmflow.training.families",
    "gradient": "ebmflow.training.gradients",
    "constraint": "ebmflow.training.constraints",
    "optimiser": "ebmflow.training.optimisers",
    "reader": "ebmflow.data.readers",
    "source": "ebmflow.data.sources",
    "labeller": "ebmflow.data.labellers",
    "aligner": "ebmflow.data.aligners",
    "split": "ebmflow.data.splits",
    "metric": "ebmflow.evaluation.metrics",
    "predictor": "ebmflow.evaluation.structure",
    "language_model": "ebmflow.evaluation.language_models",
}

_components: dict[str, dict[str, type]] = {axis: {} for axis in AXES}
_discovered: set[str] = set()
T = TypeVar("T", bound=type)


def register(axis: str, name: str) -> Callable[[T], T]:
    """Class decorator: make a component known under its YAML name."""

    def enter(component: T) -> T:
        component.kind = name
        _components[axis][name] = component
        return component

    return enter


def _discover(axis: str) -> dict[str, type]:
    if axis not in _discovered:
        package = importlib.import_module(AXES[axis])
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{AXES[axis]}.{module.name}")
        _discovered.add(axis)
    return _components[axis]


def names(axis: str) -> list[str]:
    """Return the sorted names known on an axis."""
    return sorted(_discover(axis))


def component(axis: str, name: str, *, file: object = "", key: str = "") -> type:
    """Return the class registered under a name, or raise an error that lists the known ones."""
    known = _discover(axis)
    if name not in known:
        raise ConfigError(file or axis, key or "kind", name, accepted=sorted(known))
    return known[name]
