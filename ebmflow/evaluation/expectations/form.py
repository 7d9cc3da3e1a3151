"""Form of the files that hold what papers report: numbers, claims, the tests that decide them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import Field, model_validator

from ebmflow.options import Options

FOLDER = "ebmflow.evaluation.expectations"
Kind = Literal["same", "reduced", "stand-in", "synthetic"]
Take = Literal["mean", "max", "min", "age_of_max", "age_of_min", "time_of_min", "first_age_below"]


class DataGroup(Options):
    """Datasets that are, or stand for, those of a paper; names may hold ``*``."""

    title: str = Field(description="The data of the paper, in words.")
    same: list[str] = Field([], description="The same data.")
    fewer: list[str] = Field([], description="Fewer rows of the same data.")
    stand_in: list[str] = Field([], description="Real data of the same kind.")
    synthetic: list[str] = Field([], description="Made data on which the claim can be tested.")
    full: dict[str, float] = Field(
        {}, description="Setting of the recipe (dotted) -> size in the paper; less is `reduced`."
    )

    def kind_of(self, dataset: str) -> Kind | None:
        """What a dataset of the study is to this one; None: nothing."""
        kinds: dict[Kind, list[str]] = {
            "same": self.same,
            "reduced": self.fewer,
            "stand-in": self.stand_in,
            "synthetic": self.synthetic,
        }
        for kind, patterns in kinds.items():
            if any(fnmatchcase(dataset, pattern) for pattern in patterns):
                return kind
        return None


class Quantity(Options):
    """A number read off the score tables of one model, for each seed."""

    model: str | None = Field(None, description="Role among `models`; null: of no model.")
    of_data: bool = Field(False, description="Of the data themselves, not of any model.")
    metric: str = Field(description="Column metric.")
    statistic: str = Field(description="Column statistic.")
    convention: list[str] = Field([""], description="Column convention; several: their mean.")
    sampling: str = Field("*", description="Pattern for the column sampling.")
    reference: list[str] = Field(
        ["test", "train"], description="Column reference; the first that has a value."
    )
    group: list[str] = Field(
        ["mean", "all"], description="Column group; the first that has a value; `*`: mean of all."
    )
    age: Literal["last", "first", "all"] = Field("last", description="Training ages.")
    at_epoch: float | None = Field(None, gt=0, description="The saved age nearest to this epoch.")
    time: Literal["trained", "last", "all"] = Field("trained", description="Generation times.")
    times: tuple[float, float] | None = Field(
        None, description="Generation times between these sweeps, both included."
    )
    least_moments: int = Field(
        1, ge=1, description="Ages or times, of those chosen, needed to read it at all."
    )
    least_ages: int = Field(1, ge=1, description="Training ages that must have been measured.")
    least_time: float = Field(
        0, ge=0, description="The longest generation time must be this, over that of training."
    )
    take: Take = Field(
        "mean",
        description="What to take over ages and times. Ages are returned in epochs, times over the "
        "time of training.",
    )
    below: float | None = Field(None, description="Limit of first_age_below.")


class Rule(Options):
    """When the obtained value agrees. Exactly one way of saying it."""

    tolerance: float | None = Field(None, gt=0, description="Absolute, around the paper's value.")
    relative: float | None = Field(None, gt=0, description="Share of the paper's value.")
    least: float | None = Field(None, description="Smallest value that agrees.")
    most: float | None = Field(None, description="Largest value that agrees.")

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        ways = [self.tolerance, self.relative]
        ways.append(self.least if self.least is not None else self.most)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of: tolerance, relative, least and most")
        return self

    @property
    def around_paper(self) -> bool:
        """Whether the rule compares with a number of the paper."""
        return self.tolerance is not None or self.relative is not None


class Expectation(Options):
    """A number or claim of a paper."""

    id: str = Field(description="Handle.")
    what: str = Field(description="What is compared, in words.")
    source: str = Field(description="Figure, table or section.")
    data: str = Field(description="Name of a data group of the file.")
    paper: float | None = Field(None, description="Printed value; null for a claim in words.")
    claim: str = Field("", description="Claim in words.")
    unit: str = Field("", description="Unit of the value.")
    value: Quantity | None = Field(None, description="Where this study's value stands.")
    against: Quantity | None = Field(None, description="Second value, of a comparison.")
    combine: Literal["difference", "ratio"] = Field(
        "difference", description="How the value is set against the second."
    )
    rule: Rule | None = Field(None, description="When they agree.")
    remark: str = Field("", description="What to know when they do not.")
    unmeasured: str = Field("", description="Why no table decides it.")

    @model_validator(mode="after")
    def _complete(self) -> Expectation:
        if not self.unmeasured and (self.value is None or self.rule is None):
            raise ValueError("give value and rule, or say in `unmeasured` why there are none")
        if self.rule and self.rule.around_paper and self.paper is None:
            raise ValueError("a tolerance needs the paper's value")
        if self.paper is None and not self.claim:
            raise ValueError("give the paper's value, or its claim in words")
        return self


class PaperFile(Options):
    """All expectations of one paper."""

    paper: str = Field(description="Short name.")
    cite: str = Field(description="Citation.")
    models: dict[str, dict[str, Any]] = Field(
        description="Role -> setting of the recipe (dotted) -> pattern; null: not set."
    )
    data: dict[str, DataGroup] = Field(description="Name -> datasets.")
    expectations: list[Expectation] = Field(description="Numbers and claims.")

    @model_validator(mode="after")
    def _names_exist(self) -> PaperFile:
        for one in self.expectations:
            if one.data not in self.data:
                raise ValueError(f"{one.id}: no data group {one.data!r}")
            for quantity in (one.value, one.against):
                if quantity and quantity.model and quantity.model not in self.models:
                    raise ValueError(f"{one.id}: no model {quantity.model!r}")
        ids = [one.id for one in self.expectations]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"given twice: {', '.join(twice)}")
        return self


def file_texts() -> dict[str, str]:
    """File name -> text of every file of expectations, in order of their names."""
    found = (one for one in resources.files(FOLDER).iterdir() if one.name.endswith(".yaml"))
    return {
        one.name: one.read_text(encoding="utf-8") for one in sorted(found, key=lambda x: x.name)
    }


def read_papers() -> list[PaperFile]:
    """Read the expectations that come with the package."""
    return [PaperFile.model_validate(yaml.safe_load(text)) for text in file_texts().values()]
