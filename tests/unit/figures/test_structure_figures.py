"""Figures of structure scores: only usable rows, bands, means, titles that do not touch."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ebmflow.evaluation.structure.base import STATUSES
from ebmflow.figures import structure
from tests.support import report_study as made
from tests.support.drawn import all_text


def test_structure_refuses_rows_whose_status_is_not_ok() -> None:
    table = made.structures_table(["x"])
    clean = table[table["status"] == "ok"]
    bad = sorted(set(STATUSES) - {"ok"})
    spoiled = clean.head(len(bad)).assign(status=bad, value=0.5)
    figure = structure.draw_structure_scores(pd.concat([clean, spoiled]), {})
    reference = structure.draw_structure_scores(clean, {})

    def heights(one: Figure) -> list[float]:
        return [patch.get_height() for patch in one.axes[0].patches if hasattr(patch, "get_height")]

    assert heights(figure) == heights(reference)
    count = len(clean) + len(bad)
    assert f"left out: {len(bad)} of {count} sequences (1 " in all_text(figure)
    assert "left out" not in all_text(reference)


def test_structure_without_usable_rows_draws_nothing() -> None:
    table = made.structures_table(["x"]).assign(status="no_weights")
    figure = structure.draw_structure_scores(table, {}, title="t")
    assert "no sequence has a usable score" in all_text(figure)
    assert not figure.axes[0].patches


def test_plddt_has_its_bands_and_means() -> None:
    table = made.structures_table(["x"], score="plddt")
    table["value"] *= 100
    axes = structure.draw_structure_scores(table, {}).axes[0]
    assert axes.get_xticks().tolist() == [0, 50, 70, 90, 100]
    spans = [one for one in axes.patches if one.get_alpha() and one.get_alpha() < 0.1]
    edges = [(one.get_x(), one.get_x() + one.get_width(), one.get_alpha()) for one in spans]
    assert [edge[:2] for edge in edges] == [(0, 50), (50, 70), (70, 90)]
    assert edges[0][2] > edges[1][2] > edges[2][2]  # darker where confidence is lower
    positions = {round(float(line.get_xdata()[0]), 6) for line in axes.get_lines()}
    generated = table[(table["set"] == "generated") & (table["status"] == "ok")]["value"].mean()
    assert round(generated, 6) in positions


def test_titles_of_structure_panels_stay_beside_each_other() -> None:
    parts = [made.structures_table([name], score="tm_score") for name in ("fold_67628", "b", "c")]
    figure = structure.draw_structure_scores(pd.concat(parts), {})
    figure.canvas.draw()
    panels = [axes for axes in figure.axes if axes.get_visible()]
    boxes = [axes._left_title.get_window_extent() for axes in panels]
    for box, following in itertools.pairwise(boxes):
        assert box.x1 < following.x0
    assert boxes[-1].x1 <= figure.bbox.x1


def test_means_have_the_decimals_of_their_axis() -> None:
    groups = {"natural": np.array([0.2]), "random": np.array([-0.304]), "profile": np.array([1])}
    assert structure.means_text(groups, (-1.0, 1.0)) == (
        "mean: natural 0.20, random \N{MINUS SIGN}0.30,\nprofile 1.00"
    )
    assert "natural 0.2," in structure.means_text(groups, (0.0, 100.0))
    assert structure.means_text({}, (0.0, 1.0)) == "no rows"


def test_sequences_with_several_scores_are_counted_once() -> None:
    table = made.structures_table(["x"], score="pseudo_log_likelihood")
    more = table.assign(score="embedding_distance")
    count = int(((table["set"] == "natural") & (table["status"] == "ok")).sum())
    assert f"natural ({count})" in all_text(
        structure.draw_structure_scores(pd.concat([table, more]), {})
    )
