"""A sampling file: a sampling plan and its name for people."""

from __future__ import annotations

from pydantic import Field

from ebmflow.sampling.plan import SamplingPlan


class SamplingConfig(SamplingPlan):
    """A file in config/samplings."""

    title: str = Field("", description="Name in reports.")
