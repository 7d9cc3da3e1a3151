"""What to run: datasets x models x seeds, how to sample, what to measure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ebmflow.evaluation.label_theory import LabelTheoryOptions
from ebmflow.evaluation.probing import ProbeSpec
from ebmflow.evaluation.release import ReleaseOptions
from ebmflow.evaluation.scoring import ScoreOptions
from ebmflow.evaluation.superposition import TMScoreOptions
from ebmflow.evaluation.untrained import UntrainedOptions
from ebmflow.options import Component, Options, Scaled
from ebmflow.sampling.likelihood import LikelihoodOptions
from ebmflow.sampling.plan import PredictionPlan

# Names become folders and wildcards.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]  # a column of tables
StudyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
# Prefixes keep such names apart from those of rules.
TargetName = Annotated[str, StringConstraints(pattern=r"^(fig|table)_[a-z0-9_]+$", max_length=60)]
Pattern = Annotated[str, StringConstraints(min_length=1)]


class FigureTarget(Options):
    """A figure or table of a paper, and the files that show it here."""

    title: str = Field(description="What it shows; said when it is made.")
    files: list[Pattern] = Field(
        min_length=1,
        description="Files below results/ that the study makes, with * and ? as in a shell; each "
        "pattern must match one at least.",
    )


class StandIn(Options):
    """What is done without a dataset."""

    dataset: Name | None = Field(
        None, description="Dataset that takes its place; null: its runs are left out."
    )
    reason: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="Why; the report says it."
    )


class Judge(Options):
    """A trained machine that says how probable it finds rows that another one generated."""

    dataset: Name = Field(
        description="What it was trained on: the same letters, and as many sites, as the rows."
    )
    model: Name = Field(description="Its recipe: a model with an energy.")
    seed: Seed = Field(0, description="Its seed.")


class Costs(Options):
    """Models whose likelihoods are compared, all on the same dataset and seed."""

    unconstrained: Name = Field(description="Model without constraints.")
    others: dict[str, Name] = Field(
        min_length=1,
        description="Name of the cost -> model: `partial_erasure` -> a fully constrained one, "
        "`disentanglement` -> one with released units.",
    )


class RunBlock(Options):
    """A product of datasets, models and seeds."""

    datasets: list[Name] = Field(
        min_length=1, description="Names of files in config/datasets, without .yaml."
    )
    models: list[Name] = Field(
        min_length=1, description="Names of files in config/models, without .yaml."
    )
    seeds: Annotated[list[Seed], Scaled(least=2)] = Field(
        [0], min_length=1, description="Seeds; one training run each."
    )
    samplings: list[Name] | None = Field(
        None, description="Sampling plans of these runs; null: those of the study."
    )
    metrics: list[Component["metric"]] | None = Field(
        None, description="Metrics of these runs; null: those of the study."
    )
    scoring: ScoreOptions | None = Field(
        None, description="What their rows are compared with; null: as in the study."
    )
    prediction: PredictionPlan | None = Field(
        None, description="How their models predict labels; null: as in the study."
    )
    structure: Component["predictor"] | None = Field(
        None,
        description="Predictor that folds generated, natural and control sequences; null: none.",
    )
    tm_score: TMScoreOptions | None = Field(
        None,
        description="Compare predicted structures with a template or with those of natural "
        "sequences; null: do not.",
    )
    language_model: Component["language_model"] | None = Field(
        None,
        description="Protein language model that scores the same sets of sequences; null: none.",
    )
    judged: list[Name] | None = Field(
        None,
        min_length=1,
        description="Sampling plans whose sequences `structure`, `tm_score` and `language_model` "
        "judge, of each its last age at the trained time, and whose rows `judges` score, at all "
        "times; null: all of them.",
    )
    probe: ProbeSpec | None = Field(
        None, description="Classifiers on hidden inputs of labelled runs; null: none."
    )
    likelihood: LikelihoodOptions | None = Field(
        None, description="Estimate likelihoods of models with an energy; null: do not."
    )
    costs: Costs | None = Field(
        None, description="Compare likelihoods of models of this block; null: do not."
    )
    release: ReleaseOptions | None = Field(
        None,
        description="Compare weights with label vectors, and flip released units in chains from "
        "held-out rows; null: do not. RBMs on labelled data.",
    )
    judges: dict[Name, Judge] = Field(
        {},
        description="Name -> a run of the study, on this or another dataset, whose last age scores "
        "the generated rows of these runs, and the held-out ones beside them.",
    )
    label_theory: LabelTheoryOptions | None = Field(
        None,
        description="Labels that a label vector needs, and costs of constraints by the "
        "Gaussian-spin formulas; null: do not. Datasets with two labels.",
    )
    untrained: UntrainedOptions | None = Field(
        None,
        description="How near the ground state chains come in random machines of these sizes; "
        "null: do not look. Models without labels and fields.",
    )


class Study(Options):
    """A study file, such as config/config.yaml."""

    title: str = Field("", description="Title of the report.")
    studies: list[StudyName] = Field(
        [],
        description="Other study files in config/, without .yaml, whose runs and figures are "
        "united with those here; their title, seeds, scale, device and mirror do not count.",
    )
    runs: list[RunBlock] = Field(
        [], description="Blocks of runs; they are united, and none may repeat another's."
    )
    seeds: list[Seed] | None = Field(
        None,
        min_length=1,
        description="Seeds of all blocks, in place of their own: intervals over seeds of any "
        "study, by `--config 'seeds=[0,1,2]'`. Seeds of `judges` must be among them.",
    )
    samplings: list[Name] = Field(
        [], description="Names of files in config/samplings; for blocks that name none."
    )
    metrics: list[Component["metric"]] = Field(
        [],
        description="Metrics, as a name or as {kind: name, options}; for blocks that name none.",
    )
    figures: dict[TargetName, FigureTarget] = Field(
        {}, description="Name of a target, such as fig_ff_3a, -> what it shows and where it lies."
    )
    stand_ins: dict[Name, StandIn] = Field(
        {},
        description="Datasets of the runs that cannot be had -> what is done without them; the "
        "report names them. config/offline.yaml does so for all that only the internet gives.",
    )
    scale: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Factor on rows, units, chains, seeds, updates and effort of estimates, for a "
        "small machine; docs/papers.md says what it reduces. The report says that it did.",
    )
    scoring: ScoreOptions = Field(
        ScoreOptions(), description="What generated rows are compared with."
    )
    prediction: PredictionPlan = Field(
        PredictionPlan(), description="How labels of held-out rows are predicted."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="Where to compute; changing it reruns nothing. auto: cuda if there is one.",
    )
    mirror: str | None = Field(
        None,
        description="Folder searched for every download before the internet. The environment "
        "variable EBMFLOW_MIRROR says the same; this setting wins.",
    )
