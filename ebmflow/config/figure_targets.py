"""Figures and tables of a paper as targets: the files that show each of them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ebmflow.config.plan import Plan
from ebmflow.config.targets import RESULTS, final_targets, paths
from ebmflow.errors import ConfigError


def figure_files(plan: Plan) -> dict[str, list[str]]:
    """Target -> files of the study that its patterns match.

    Raises
    ------
    ConfigError
        If a pattern matches no file that the study makes.
    """
    made = [path.removeprefix(f"{RESULTS}/") for path in paths(final_targets(plan))]
    found = {}
    for name, figure in plan.study.figures.items():
        matches: list[str] = []
        for number, pattern in enumerate(figure.files):
            matching = [path for path in made if _matches(path, pattern)]
            if not matching:
                key = f"figures.{name}.files.{number}"
                raise _nothing(plan, key, pattern, made)
            matches += matching
        found[name] = [f"{RESULTS}/{path}" for path in dict.fromkeys(matches)]
    return found


def _matches(path: str, pattern: str) -> bool:
    """Whether a path matches part by part, so that * stays within a folder's or file's name."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _nothing(plan: Plan, key: str, pattern: str, made: list[str]) -> ConfigError:
    closest = ConfigError(plan.file, key, pattern, accepted=made).closest
    return ConfigError(
        plan.file,
        key,
        pattern,
        found=f"{pattern!r} matches no file that the study makes",
        expected="a pattern for files below results/",
        action=f"Did you mean {closest!r}?" if closest else "`ebmflow check` lists what is made",
    )
