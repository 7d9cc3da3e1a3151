"""The two parameters of every job: the settings it uses, and the fingerprint of the code it runs.

A job reruns when either changes. Which settings a stage uses is said in `stage_settings`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from ebmflow import registry
from ebmflow.config.plain import kind_of, plain
from ebmflow.config.plan import Plan
from ebmflow.config.stage_settings import SETTINGS, Settings
from ebmflow.config.targets import final_targets
from ebmflow.options import Options
from ebmflow.provenance import code_fingerprint, spec_digest

# Rules whose stage module has another name.
STAGE_OF_RULE = {
    "assemble_dataset": "assemble",
    "split_dataset": "split",
    "predict_labels": "predict",
    "plot_tm_score": "plot_structure",
}
_fingerprint = functools.cache(code_fingerprint)


def spec(plan: Plan, rule: str, wildcards: dict[str, Any]) -> dict[str, Any]:
    """Settings of a job: builtins only, keys sorted, so that Snakemake can compare them."""
    if rule == "write_manifest":
        return manifest_spec(plan)
    return plain(_settings(plan, rule, wildcards).spec)


def code(plan: Plan, rule: str, wildcards: dict[str, Any]) -> str:
    """Fingerprint of the code of a job: its stage, and the components named in its settings."""
    found = _settings(plan, rule, wildcards)
    modules = {type(part).__module__ for part in _components(found.parts)}
    modules |= {registry.component("layer", name).__module__ for name in found.layers}
    return _fingerprint(frozenset({f"ebmflow.stages.{STAGE_OF_RULE.get(rule, rule)}", *modules}))


def manifest_spec(plan: Plan) -> dict[str, Any]:
    """What the manifest says about each final file."""
    return {
        target.path: {
            "rule": target.rule,
            "spec_digest": spec_digest(spec(plan, target.rule, target.wildcards)),
            "code": code(plan, target.rule, target.wildcards),
        }
        for target in sorted(final_targets(plan))
    }


def _settings(plan: Plan, rule: str, wildcards: dict[str, Any]) -> Settings:
    function = SETTINGS.get(rule)
    return function(plan, **wildcards) if function else Settings({})


def _components(value: Any) -> Iterator[Options]:
    """Components among options, at any depth."""
    if isinstance(value, Options):
        if kind_of(value):
            yield value
        for name in type(value).model_fields:
            yield from _components(getattr(value, name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _components(one)
