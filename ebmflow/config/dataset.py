"""A dataset file: where the data come from, and every choice on the way to a labelled matrix."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from ebmflow.data.aligners.none import NoAligner
from ebmflow.data.alphabets import GAP, Alphabet
from ebmflow.data.filtering import FilterOptions
from ebmflow.data.thinning import KeepOptions
from ebmflow.data.weights import WeightOptions
from ebmflow.errors import ConfigError
from ebmflow.options import Component, Options

Side = Annotated[int, Field(ge=1)]


class DatasetConfig(Options):
    """A file in config/datasets: all that a new family needs."""

    title: str = Field(description="Name in reports.")
    cite: str = Field("", description="Source; shown in reports only.")
    about: str = Field("", description="A sentence about the data; shown in reports only.")
    source: Component["source"] = Field(description="Where the rows come from.")
    alphabet: str = Field(
        description="protein, dna, rna, binary, real, or the letters themselves, such as 'ACDE-'."
    )
    align: Component["aligner"] = Field(NoAligner(), description="How unaligned rows are aligned.")
    filter: FilterOptions = Field(
        FilterOptions(), description="Gappy columns and rows, unknown letters."
    )
    labels: Component["labeller"] | None = Field(
        None, description="How rows get their labels; null: unlabelled data."
    )
    weights: WeightOptions = Field(WeightOptions(), description="Weights of rows.")
    keep: KeepOptions = Field(
        KeepOptions(), description="Share of the rows to keep, after weights are counted."
    )
    split: Component["split"] = Field(description="Which rows are held out.")
    picture: tuple[Side, Side] | None = Field(
        None,
        description="Rows and columns, where a row of the data is a picture, one pixel a site: "
        "draws image grids.",
    )

    @field_validator("alphabet")
    @classmethod
    def _known_alphabet(cls, name: str) -> str:
        try:
            Alphabet.named(name)
        except ConfigError as error:
            raise ValueError(error.expected) from error
        return name

    def has_residues(self, known: str) -> bool:
        """Whether rows are sequences of residues, all of them among the `known` letters.

        The letters of DNA and RNA stand for amino acids too; they are none.
        """
        letters = Alphabet.named(self.alphabet).letters.replace(GAP, "")
        return self.alphabet not in ("dna", "rna") and bool(letters) and set(letters) <= set(known)

    @property
    def space_kind(self) -> str:
        """``binary``, ``categorical`` or ``real``."""
        return Alphabet.named(self.alphabet).kind
