"""What rules/common.smk asks of the library: the plan, and providers for rules."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from ebmflow.config import specs, targets
from ebmflow.config.definitions import Definitions
from ebmflow.config.errors import located
from ebmflow.config.figure_targets import figure_files
from ebmflow.config.plan import Plan
from ebmflow.config.resolve import resolve
from ebmflow.config.stage_settings import parts_with_files
from ebmflow.config.yaml_file import read_yaml
from ebmflow.data.roles import parts_by_role, remote_files
from ebmflow.errors import ConfigError
from ebmflow.provenance import ROOT, short_path


def _in_its_file(error: ConfigError, contents: dict[Path, dict[str, Any]]) -> ConfigError:
    """An error about a setting of the study, with the last file that holds the setting."""
    if error.file not in map(str, contents):
        return error
    holders = [file for file, content in contents.items() if error.key.split(".")[0] in content]
    return located(error, holders[-1] if holders else error.file)


def read_plan(*files: str | Path, settings: Sequence[str] = ()) -> Plan:
    """The plan of study files, laid over each other and over the default study as Snakemake does.

    Parameters
    ----------
    files : Path
        As named after ``--configfile``; without any, the default study.
    settings : sequence of str
        As given after ``--config``: ``scale=0.02``.

    Raises
    ------
    ConfigError
        If one of the settings has no value.
    """
    default = ROOT.parent / "config" / "config.yaml"
    config = functools.reduce(laid_over, map(read_yaml, (default, *files)))
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError("--config", key, setting, expected="KEY=VALUE, such as scale=0.02")
        config = laid_over(config, {key: yaml.safe_load(value)})
    return Workflow(config, (default, *files), files).plan


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A configuration with the keys of another: mappings merge at any depth, other values go."""
    nested = {
        key: laid_over(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **nested}


def _definitions() -> Definitions:
    folders = ("config", ROOT.parent / "config")
    return Definitions(dict.fromkeys(short_path(folder) for folder in folders))


def failures(snakemake_logs: Iterable[str | Path]) -> list[str]:
    """Last line of the log of every failed job: the sentence that says what happened.

    Parameters
    ----------
    snakemake_logs : iterable of Path
        Snakemake's own logs of the run.
    """
    text = "".join(
        Path(log).read_text(encoding="utf-8", errors="replace") for log in snakemake_logs
    )
    failed = re.findall(
        r"^Error in rule .*\n(?:    .*\n)*?    log: (\S+) \(check", text, re.MULTILINE
    )
    lines = []
    for log in dict.fromkeys(failed):
        said = Path(log).read_text(encoding="utf-8").split("\n") if Path(log).is_file() else []
        lines += [line for line in said if line.strip()][-1:]
    return lines


def _own_runs(config: dict[str, Any], winning: list[dict[str, Any]]) -> dict[str, Any]:
    """Configuration without the runs of the default study, if a winning file lists studies only.

    Snakemake merges files key by key, so that these runs would be united with the studies.
    """
    lists_studies = any("studies" in content for content in winning)
    if not lists_studies or any("runs" in content for content in winning):
        return config
    return {**config, "runs": []}


class Workflow:
    """A plan as seen by rules.

    Parameters
    ----------
    config : dict
        Snakemake's merged configuration.
    files, winning : iterable of Path
        Configuration files, and those of them that were named on the command line, whose settings
        win. They are read again, to refuse keys given twice.
    """

    def __init__(
        self,
        config: dict[str, Any],
        files: Iterable[str | Path],
        winning: Iterable[str | Path],
    ) -> None:
        last = [short_path(file) for file in winning]
        first = [short_path(file) for file in files]
        ordered = [file for file in first if file not in last] + last
        contents = {file: read_yaml(file) for file in ordered}
        try:
            config = _own_runs(config, [contents[file] for file in last])
            self.plan = resolve(config, next(reversed(contents), "config"), _definitions())
            self.figure_files = figure_files(self.plan)
        except ConfigError as error:
            raise _in_its_file(error, contents) from error

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
            owners = parts_by_role(parts_with_files(self.plan.datasets[wildcards.dataset]))
            folder = f"{targets.RESULTS}/data/{wildcards.dataset}/fetched"
            return [f"{folder}/{role}.json" for role, part in owners.items() if part in parts]

        return records

    def local_files(self, wildcards: Any) -> list[str]:
        """Files of a role that lie on this machine: an edited one is read again.

        Absent ones are left to the job, which says where they were looked for.
        """
        parts = parts_with_files(self.plan.datasets[wildcards.dataset])
        part = parts[parts_by_role(parts)[wildcards.role]]
        paths = [file.path for file in remote_files(part, wildcards.role) if file.path]
        return [str(short_path(path)) for path in paths if path.is_file()]

    def judge_files(self, key: str) -> Callable[[Any], list[str]]:
        """Provider of the local files that an analysis of single sequences reads.

        Parameters
        ----------
        key : str
            Key of a block: ``structure`` or ``language_model``, whose weights may arrive after a
            run without them, or ``tm_score``, with its template. Absent files are left to the job.
        """

        def present(wildcards: Any) -> list[str]:
            run = self.plan.run(wildcards.dataset, wildcards.model, wildcards.seed)
            options = getattr(run.block, key)
            files = options.files if options else []
            return [str(short_path(path)) for path in files if path.is_file()]

        return present

    def judge_interpreter(self, wildcards: Any) -> list[str]:
        """Record of the interpreter of a structure predictor that needs an environment of its own.

        None where the settings name an interpreter.
        """
        structure = self.plan.run(wildcards.dataset, wildcards.model, wildcards.seed).structure
        return [targets.INTERPRETER] if structure and structure.needs_interpreter else []

    def tables(self, *rules: str) -> Callable[[Any], list[str]]:
        """Provider of the tables that some rules make, for the wildcards of a job."""
        found = list(targets.tables(self.plan))
        return lambda wildcards: targets.paths(found, *rules, **dict(wildcards.items()))

    def tables_beside(self, name: str, *rules: str) -> Callable[[Any], list[str]]:
        """Provider of tables `name` that lie beside those that some rules make."""
        found = self.tables(*rules)
        return lambda wildcards: [
            path.rpartition("/")[0] + f"/{name}.parquet" for path in found(wildcards)
        ]

    def of_family(self, *rules: str, beside: str = "") -> Callable[[Any], list[str]]:
        """Provider of the tables that rules make for all datasets of a family, or beside these."""
        found = list(targets.tables(self.plan))

        def of_all(wildcards: Any) -> list[str]:
            datasets = targets.family(self.plan, wildcards.dataset)
            made = [
                path for name in datasets for path in targets.paths(found, *rules, dataset=name)
            ]
            return [
                f"{path.rpartition('/')[0]}/{beside}.parquet" if beside else path for path in made
            ]

        return of_all

    def scores(self, wildcards: Any) -> list[str]:
        """All score tables, whatever made them."""
        return targets.paths(targets.tables(self.plan), *targets.SCORE_RULES)

    def paper_tables(self, wildcards: Any) -> list[str]:
        """Tables besides scores that hold numbers of papers."""
        return targets.paper_tables(self.plan)

    def compared(self, wildcards: Any) -> dict[str, str]:
        """Likelihoods that costs compare: of the unconstrained model, and of the others."""
        run = self.plan.run(wildcards.dataset, wildcards.model, wildcards.seed)
        names = {"unconstrained": run.model, **(run.costs.others if run.costs else {})}
        folder = f"{targets.RESULTS}/likelihoods/{run.dataset}"
        return {
            name: f"{folder}/{model}/seed-{run.seed}/rows.parquet" for name, model in names.items()
        }

    def judges(self, name: str) -> Callable[[Any], list[str]]:
        """Provider of a file or folder of every judge of a run, in the order of their names."""

        def found(wildcards: Any) -> list[str]:
            run = self.plan.run(wildcards.dataset, wildcards.model, wildcards.seed)
            judges = (judge for _, judge in sorted(run.block.judges.items()))
            return [f"{targets.RESULTS}/models/{targets.place(one)}/{name}" for one in judges]

        return found

    def figures(self, wildcards: Any) -> list[str]:
        """All figures."""
        return targets.paths(targets.figures(self.plan))

    def final(self, wildcards: Any) -> list[str]:
        """All final files but the manifest."""
        return targets.paths(targets.final_targets(self.plan))
