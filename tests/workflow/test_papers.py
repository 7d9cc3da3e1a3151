"""Papers against results, in a finished study: a row for every number and claim, with a reason."""

from __future__ import annotations

import pandas as pd
import pytest

from ebmflow.evaluation.expectations.form import read_papers

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


def test_every_expectation_has_a_row_and_a_reason(finished) -> None:
    file = finished.folder / "results" / "summary" / "paper_vs_obtained.tsv"
    table = pd.read_csv(file, sep="\t", keep_default_na=False)
    assert set(table["id"]) == {one.id for found in read_papers() for one in found.expectations}
    # the data of the small study stand for no paper's
    assert set(table["verdict"]) == {"not run"}
    assert (table["reason"] != "").all()
    page = (finished.folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "Papers against this study" in page
