"""Definitions of datasets, models and sampling plans: one file each, found by name."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from ebmflow.config.dataset import DatasetConfig
from ebmflow.config.errors import located, validate
from ebmflow.config.model import RecipeConfig, merged
from ebmflow.config.sampling import SamplingConfig
from ebmflow.config.study import Study
from ebmflow.config.yaml_file import read_yaml
from ebmflow.errors import ConfigError


class Definitions:
    """Finds and reads ``datasets/x.yaml``, ``models/x.yaml`` and ``samplings/x.yaml``.

    Parameters
    ----------
    folders : iterable of Path
        Folders named config, searched in order: the working directory's comes before the project's.
    """

    def __init__(self, folders: Iterable[str | Path]) -> None:
        self.folders = [Path(folder) for folder in folders]
        self._read = functools.cache(read_yaml)

    def path(self, section: str, name: str, file: object, key: str) -> Path:
        """File of a definition, or an error about the setting that names it."""
        for folder in self.folders:
            path = folder / section / f"{name}.yaml"
            if path.is_file():
                return path
        raise ConfigError(
            file, key, name, accepted=self.names(section), found=f"no file {section}/{name}.yaml"
        )

    def names(self, section: str) -> list[str]:
        """Sorted names of all definitions of a section."""
        found = {p.stem for folder in self.folders for p in (folder / section).glob("*.yaml")}
        return sorted(found)

    def study(self, name: str, file: object, key: str) -> tuple[Study, Path]:
        """Another study and its file, for studies that include it."""
        for folder in self.folders:
            path = folder / f"{name}.yaml"
            if path.is_file():
                return validate(Study, self._read(path), path), path
        section = str(Path(name).parent)
        accepted = [str(Path(section) / other) for other in self.names(section)]
        raise ConfigError(file, key, name, accepted=accepted, found=f"no file {name}.yaml")

    def dataset(self, name: str, file: object, key: str) -> tuple[DatasetConfig, Path]:
        """A dataset and its file."""
        return self.dataset_file(self.path("datasets", name, file, key))

    def dataset_file(self, path: Path) -> tuple[DatasetConfig, Path]:
        """The dataset in a file, and the file."""
        return validate(DatasetConfig, self._read(path), path), path

    def sampling(self, name: str, file: object, key: str) -> SamplingConfig:
        """A sampling plan."""
        path = self.path("samplings", name, file, key)
        return validate(SamplingConfig, self._read(path), path)

    def recipe(self, name: str, dataset: str, file: object, key: str) -> tuple[RecipeConfig, Path]:
        """A recipe as it is for one dataset, and its file."""
        path = self.path("models", name, file, key)
        recipe = self.recipe_file(path, dataset)
        for other in recipe.overrides:
            self.path("datasets", other, path, "overrides")
        return recipe, path

    def recipe_file(self, path: Path, dataset: str) -> RecipeConfig:
        """The recipe in a file as it is for one dataset."""
        plain = self._read(path)
        recipe = validate(RecipeConfig, plain, path)
        if dataset not in recipe.overrides:
            return recipe
        try:
            return validate(RecipeConfig, merged(plain, plain["overrides"][dataset]), path)
        except ConfigError as error:
            raise located(error, path, f"overrides.{dataset}") from error
