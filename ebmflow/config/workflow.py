"""What rules/common.smk asks of the library: the plan of a run of Snakemake, and inputs of rules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ebmflow.config import specs, targets
from ebmflow.config.resolve import Definitions, Plan, resolve
from ebmflow.config.yaml_file import read_yaml
from ebmflow.data.roles import parts_by_role


class Workflow:
    """A plan as seen by rules.

    Parameters
    ----------
    config : dict
        Snakemake's merged configuration.
    files : iterable of Path
        Configuration files, the one that wins last; read again to refuse keys given twice.
    root : Path
        Folder of the project; definitions are looked up in the working directory's config first.
    """

    def __init__(self, config: dict[str, Any], files: Iterable[str | Path], root: Path) -> None:
        files = [Path(file) for file in files]
        for file in files:
            read_yaml(file)
        folders = dict.fromkeys([Path("config"), root / "config"])
        self.plan = resolve(config, files[-1] if files else "config", Definitions(folders))

    @property
    def wildcards(self) -> dict[str, str]:
        """Wildcard -> regular expression of the names that exist."""
        plan = self.plan
        names = {
            "dataset": plan.datasets,
            "model": plan.models,
            "sampling": plan.samplings,
            "metric": plan.metrics,
        }
        return {key: "|".join(sorted(values)) for key, values in names.items()} | {
            "seed": r"\d+",
            "role": r"\w+",
        }

    def spec(self, rule: str) -> Callable[[Any], dict[str, Any]]:
        """Provider of the settings of a rule's jobs."""
        return lambda wildcards: self._spec(rule, tuple(wildcards.items()))

    def code(self, rule: str) -> Callable[[Any], str]:
        """Provider of the code fingerprint of a rule's jobs."""
        return lambda wildcards: self._code(rule, tuple(wildcards.items()))

    @functools.cache  # noqa: B019  (one object lives as long as the process)
    def _spec(self, rule: str, wildcards: tuple) -> dict[str, Any]:
        return specs.spec(self.plan, rule, dict(wildcards))

    @functools.cache  # noqa: B019
    def _code(self, rule: str, wildcards: tuple) -> str:
        return specs.code(self.plan, rule, dict(wildcards))

    def fetched(self, *parts: str) -> Callable[[Any], list[str]]:
        """Provider of the records of fetched files that parts of a dataset file need."""

        def records(wildcards: Any) -> list[str]:
            owners = parts_by_role(specs.parts_with_files(self.plan.datasets[wildcards.dataset]))
            folder = f"{targets.RESULTS}/data/{wildcards.dataset}/fetched"
            return [f"{folder}/{role}.json" for role, part in owners.items() if part in parts]

        return records

    def tables(self, *rules: str) -> Callable[[Any], list[str]]:
        """Provider of the tables that some rules make, for the wildcards of a job."""
        found = list(targets.tables(self.plan))
        return lambda wildcards: targets.paths(found, *rules, **dict(wildcards.items()))

    def figures(self, wildcards: Any) -> list[str]:
        """All figures."""
        return targets.paths(targets.figures(self.plan))

    def final(self, wildcards: Any) -> list[str]:
        """All final files but the manifest."""
        return targets.paths(targets.final_targets(self.plan))
